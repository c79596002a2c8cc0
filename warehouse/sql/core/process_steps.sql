-- grain: one row per event of an entity that had occurred by ts and was known at known_at, echoes left out, in order
-- key: event_id
-- macro: (ts, known_at := null)
--
-- Events are ordered by occurred_at, then event_id.
select
    process, event_id, event_name, company_id, entity_id, stage, occurred_at, received_at,
    amount, currency, category, engagement_id, country, approver, told_submitted_at, told_reviewed_at,
    row_number() over (partition by process, company_id, entity_id order by occurred_at, event_id) as step
from core.counted_events(ts, known_at := known_at)
where entity_id is not null
