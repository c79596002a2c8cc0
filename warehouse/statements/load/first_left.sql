-- the first event left of each event_name that lost events by one load; null where none is left
select
    lost.event_name,
    epoch_us(min(stored.received_at)),
    arg_min(stored.event_id, {'received_at': stored.received_at, 'event_id': stored.event_id})
from (select distinct event_name from core.withdrawn where load_no = $load_no) as lost
left join core.event_store as stored using (event_name)
group by lost.event_name
