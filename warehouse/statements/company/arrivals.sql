insert into core.arrivals
select event_name, load_no, count(*)
from core.event_store
group by event_name, load_no
