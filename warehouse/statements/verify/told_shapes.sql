-- the columns of each event_name as ops.columns tells them, in their order
select tables.event_name, tables.json_path, told.column_name, told.json_path, told.data_type,
    epoch_us(told.first_received_at), told.first_event_id
from ops.columns as told
join ops.tables as tables using (schema_name, table_name)
order by tables.event_name, tables.json_path, told.ordinal
