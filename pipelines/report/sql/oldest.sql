-- grain: one row per expense of the 15 that have been waiting longest
-- key: company_id, expense_id
select
    left(company_id, 64) as company_id, left(expense_id, 64) as expense_id, person(engagement_id, '[A-Za-z0-9_-]{1,64}') as engagement_id,
    stage, last_submitted_at as waiting_since, age_seconds, amount, left(currency, 8) as currency
from report_expenses
where age_seconds is not null
order by last_submitted_at, company_id, expense_id
limit 15
