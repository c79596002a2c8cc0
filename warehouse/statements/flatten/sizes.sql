-- how many events of each event_name have ever arrived, and whether it has tables
select event_name, sum(events), bool_or(flattened.event_name is not null)
from core.arrivals
left join core.flattened as flattened using (event_name)
group by event_name
