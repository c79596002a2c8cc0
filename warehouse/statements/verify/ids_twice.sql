-- ids that are not unique
select 'there are ' || count(*) || ' events of this id', null as segment, event_id, 'core.events' as table_name
from core.event_store
group by event_id
having count(*) > 1
order by event_id
limit $shown
