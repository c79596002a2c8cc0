-- event_names whose child tables may ask for the name of another event's table, or that of one of its children
select distinct unnest([shorter.event_name, longer.event_name])
from core.names as shorter
join core.names as longer
    on longer.schema_name = shorter.schema_name
    and longer.event_name <> shorter.event_name
    and starts_with(lower(longer.table_name) || '__', lower(shorter.table_name) || '__')
