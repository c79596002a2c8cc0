-- the last load that changed an event_name
select coalesce(max(load_no), 0)
from (
    select load_no from core.arrivals where event_name = $event_name
    union all
    select load_no from core.withdrawn where event_name = $event_name
)
