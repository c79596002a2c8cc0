-- events of a load that brought none of their event_name
select 'is of a load that brought no ' || event_name as what, null as segment, event_id, 'core.event_store', 'load_no'
from core.event_store
anti join core.arrivals using (event_name, load_no)
order by event_id
limit $shown
