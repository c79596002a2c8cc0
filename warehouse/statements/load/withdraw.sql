-- events in the warehouse that an earlier delivery of the same id, loaded later, takes the place of
insert into core.withdrawn
select judged.event_id, stored.event_name, $load_no
from (select * from judged semi join known using (event_id)) as judged
join core.event_store as stored using (event_id)
where judged.place = 1 and judged.known_as <> 'event'
