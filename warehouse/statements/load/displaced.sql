-- events one of whose child tables holds a name that now belongs to another event's own table
select distinct child.event_name
from ops.tables as child
join core.names as own on lower(own.schema_name) = lower(child.schema_name) and lower(own.table_name) = lower(child.table_name)
where child.json_path <> '$'
