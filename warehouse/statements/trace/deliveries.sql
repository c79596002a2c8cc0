-- every delivery of one id that the warehouse took in: its segment, its receipt, and what it became
select segment, epoch_us(received_at) as received_at, 'event' as became from core.event_store where event_id = $event_id
union all
select segment, epoch_us(received_at), 'duplicate' from ops.duplicates where event_id = $event_id
union all
select segment, epoch_us(received_at), 'conflict' from ops.conflicts where event_id = $event_id
order by received_at, became desc, segment
