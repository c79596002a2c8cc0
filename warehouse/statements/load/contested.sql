-- every delivery known of an id that was delivered more than once: those of this batch, and those loaded before
create temp table contested as
with repeated as (
    select event_id from incoming group by event_id having count(*) > 1
    union
    select incoming.event_id from incoming semi join core.event_store as stored using (event_id)
)
select event_id, event_name, company_id, received_at, segment, body_hash, data, -1::bigint as load_no, 'incoming' as known_as
from incoming semi join repeated using (event_id)
union all
select event_id, event_name, company_id, received_at, segment, body_hash, data, load_no, 'event'
from core.event_store semi join repeated using (event_id)
union all
select event_id, null, null, received_at, segment, null, null, null, 'duplicate'
from ops.duplicates semi join repeated using (event_id)
union all
select event_id, event_name, company_id, received_at, segment, body_hash, data, null, 'conflict'
from ops.conflicts semi join repeated using (event_id)
