-- grain: one row per expense that waits for a decision, with whom it waits; kept for the questions that follow
-- key: company_id, expense_id
create temp table report_open as
select company_id, entity_id as expense_id, stage, is_overdue, target_working_days, with_role, with_whom, age_seconds
from analytics.open_items
where process = 'expense' and stage in ('created', 'submitted')
