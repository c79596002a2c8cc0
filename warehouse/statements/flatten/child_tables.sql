-- the child tables of one schema, of some event_names or of all, each with its event_name's own table
select child.event_name, own.table_name, child.json_path, child.table_name
from ops.tables as child
join core.names as own using (event_name)
where child.schema_name = $schema and child.json_path <> '$'
    and ($event_names is null or list_contains($event_names, child.event_name))
