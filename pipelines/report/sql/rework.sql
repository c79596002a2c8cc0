-- grain: one row
-- key: none
select
    count(*) as declines,
    count(resubmitted_at) as submitted_again,
    count(*) filter (decision = 'approved') as then_approved,
    count(*) filter (decision = 'declined') as then_declined,
    count(resubmitted_at) filter (decision is null) as undecided,
    median(seconds_to_resubmission) as median_seconds
from analytics.rework_loops
where process = 'expense'
