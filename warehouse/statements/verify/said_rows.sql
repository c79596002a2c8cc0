-- how many rows ops.tables says a table has
select "rows" from ops.tables where schema_name = ? and table_name = ?
