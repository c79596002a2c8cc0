-- what is kept verbatim of one event
select schema_name || '.' || table_name as "table", column_name, json_path, "value"
from ops.misfits
where event_id = ?
order by all
