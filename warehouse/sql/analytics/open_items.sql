-- grain: one row per entity in a stage that does not end its process, with its age and whether it is overdue
-- key: process, company_id, entity_id
select
    process, company_id, entity_id, stage, waiting_since, age_seconds, working_days, target_working_days, due_on, is_overdue,
    amount, currency, category, country, engagement_id, approver, with_role, with_whom
from analytics.open_items_as_of(now())
