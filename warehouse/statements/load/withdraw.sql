-- events in the warehouse that an earlier delivery of the same id, loaded later, takes the place of
insert into core.withdrawn
select judged.event_id, stored.event_name, $load_no
from judged
join core.event_store as stored using (event_id)
where judged.place = 1 and judged.known_as <> 'event'
