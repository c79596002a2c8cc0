-- grain: one row per process and stage that was reached without an event that must have come before
-- key: process, stage, missing
select process, stage, missing, count(*) as entities, max(occurred_at) as last_at
from analytics.missing_events
group by process, stage, missing
order by entities desc, process, stage, missing
