-- the rows of ops.tables of one event_name
insert into ops.tables
select $event_name, $schema_name, table_name, json_path, "rows" from new_tables
