-- the rows of ops.columns that belong to an event_name's tables, taken out
delete from ops.columns
where (schema_name, table_name) in (select (schema_name, table_name) from ops.tables where event_name = $event_name)
returning table_name, column_name, json_path, data_type, epoch_us(widened_at)
