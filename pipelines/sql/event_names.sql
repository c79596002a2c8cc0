-- grain: one row per event_name that has a table
-- key: event_name
select event_name, schema_name, table_name from ops.tables where json_path = '$'
