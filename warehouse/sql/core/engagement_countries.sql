-- grain: one row per company and engagement whose country some event told, the latest one
-- key: company_id, engagement_id
select
    company_id, engagement_id,
    arg_max(country, {'at': occurred_at, 'id': event_id}) as country
from core.process_events
where engagement_id is not null and country is not null
group by company_id, engagement_id
