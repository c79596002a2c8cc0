-- the first event of each event_name of one load
select event_name, epoch_us(first.received_at), first.event_id
from (
    select event_name, min({'received_at': received_at, 'event_id': event_id}) as first
    from core.event_store
    where load_no = $load_no
    group by event_name
)
order by first.received_at, first.event_id
