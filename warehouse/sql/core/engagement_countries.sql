-- grain: one row per company and engagement whose country some event told by ts, as known at known_at: the latest one
-- key: company_id, engagement_id
-- macro: (ts, known_at := null)
select
    company_id, engagement_id,
    arg_max(country, {'at': occurred_at, 'id': event_id}) as country
from core.counted_events(ts, known_at := known_at)
where engagement_id is not null and country is not null
group by company_id, engagement_id
