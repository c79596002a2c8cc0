-- grain: one row per entity that has been in its stage for longer than its target, in working days, and the people
-- key: process, company_id, entity_id
select
    process, company_id, entity_id, stage, waiting_since, age_seconds, working_days, target_working_days, due_on,
    amount, currency, category, country, engagement_id, approver, with_role, with_whom, person_name, person_email, with_name
from analytics.open_items
where is_overdue
