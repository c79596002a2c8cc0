-- grain: one row
-- key: none
select count(*) as decisions, count(approver) as with_approver
from report_stages
where stage in ('created', 'submitted') and next_stage in ('approved', 'declined')
