-- grain: one row
-- key: none
select
    count(*)::bigint as expenses,
    median(seconds_to_decision) as median_seconds_to_decision,
    median(seconds_to_reimbursement) as median_seconds_to_reimbursement,
    count(*) filter (declines > 0)::bigint as declined_at_least_once,
    max(last_event_at) as last_event_at,
    (select count(*)::bigint from analytics.pending_expenses) as pending,
    (select count(*)::bigint from analytics.overdue_items where process = 'expense') as overdue
from analytics.expense_approval_timeline
