-- whether an event_name is a neighbour of another
select count(*) > 0
from core.names as own
join core.names as other
    on other.schema_name = own.schema_name
    and other.event_name <> own.event_name
    and (
        starts_with(lower(other.table_name) || '__', lower(own.table_name) || '__')
        or starts_with(lower(own.table_name) || '__', lower(other.table_name) || '__')
    )
where own.event_name = $event_name
