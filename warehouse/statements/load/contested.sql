-- every delivery known of an id that was delivered more than once: those of this batch, and those loaded before
create temp table contested as
select event_id, event_name, company_id, received_at, segment, body_hash, data::json as data, 'incoming' as known_as
from cut semi join repeated using (event_id)
where is_cut
union all
select event_id, event_name, company_id, received_at, segment, body_hash, data, 'event'
from core.event_store semi join repeated using (event_id)
union all
select event_id, null, null, received_at, segment, null, null, 'duplicate'
from ops.duplicates semi join repeated using (event_id)
union all
select event_id, event_name, company_id, received_at, segment, body_hash, data, 'conflict'
from ops.conflicts semi join repeated using (event_id)
