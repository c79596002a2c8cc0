-- names in a schema that the child tables of an event_name must keep clear of
select table_name from ops.tables where schema_name = ? and not (event_name = ? and json_path <> '$')
