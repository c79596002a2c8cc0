-- grain: one row per process, company, week (its Monday, UTC) and stage entered in it
-- key: process, company_id, week, stage
select
    process, company_id, date_trunc('week', make_timestamp(epoch_us(entered_at)))::date as week, stage,
    count(*) as entries, count(distinct entity_id) as entities, count(*) filter (visit > 1) as rework_entries
from analytics.stage_log
group by process, company_id, week, stage
