-- grain: one row
-- key: none
select
    count(*) as expenses,
    count(distinct company_id) as companies,
    count(*) filter (stage in ('created', 'submitted')) as pending,
    count(*) filter (stage = 'unknown') as unknown,
    count(seconds_to_decision) as decided,
    count(*) filter (decision = 'approved') as approved,
    count(*) filter (decision = 'declined') as declined,
    median(seconds_to_decision) as median_seconds,
    quantile_cont(seconds_to_decision, 0.9) as p90_seconds,
    max(last_event_at) as last_event_at
from report_expenses
