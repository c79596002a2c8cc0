-- grain: one row per expense that waits for a decision, for how long, and whose it is
-- key: company_id, expense_id
select
    company_id, expense_id, stage, last_submitted_at as waiting_since,
    (epoch_us(now()) - epoch_us(last_submitted_at)) / 1e6 as age_seconds,
    amount, currency, category, engagement_id, person_name, person_email, expense_name
from analytics.expense_approval_timeline
where stage in ('created', 'submitted')
