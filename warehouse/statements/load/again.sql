-- the deliveries of this batch whose ids were delivered more than once
create temp table again as
select event_id, event_name, company_id, received_at, segment, body_hash, data, is_cut, case when not is_cut then body end as body
from deliveries($files, true)
