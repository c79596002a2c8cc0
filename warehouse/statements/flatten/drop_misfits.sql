-- the misfits of a table that goes
delete from ops.misfits where schema_name = ? and table_name = ?
