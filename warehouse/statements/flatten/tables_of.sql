-- all tables of one event_name
select schema_name, table_name from ops.tables where event_name = ? order by json_path
