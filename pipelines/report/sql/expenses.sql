-- grain: one row per company and expense, kept for the questions that follow
-- key: company_id, expense_id
create temp table report_expenses as
select
    company_id, expense_id, stage, decision, submitted_at, last_submitted_at, decided_at, reimbursed_at,
    submissions, declines, seconds_to_decision, amount, currency, engagement_id, last_event_at,
    case when stage in ('created', 'submitted') then (epoch_us(now()) - epoch_us(last_submitted_at)) / 1e6 end as age_seconds
from analytics.expense_approval_timeline
