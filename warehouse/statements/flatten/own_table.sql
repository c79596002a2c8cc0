-- the table that the load has named for an event_name
select schema_name, table_name from ops.tables where event_name = ? and json_path = '$'
