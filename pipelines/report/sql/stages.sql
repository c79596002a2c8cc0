-- grain: one row per stage that an expense entered, kept for the questions that follow
-- key: company_id, entity_id, entry
create temp table report_stages as
select company_id, entity_id, entry, stage, entered_at, seconds, next_stage, approver
from analytics.stage_log
where process = 'expense'
