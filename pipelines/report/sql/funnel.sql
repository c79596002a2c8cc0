-- grain: one row per step on the way to the money, with the expenses that got there
-- key: position
with steps as (
    select unnest([
        {'position': 1, 'step': 'known', 'reached': true},
        {'position': 2, 'step': 'submitted', 'reached': submitted_at is not null},
        {'position': 3, 'step': 'decided', 'reached': declines > 0 or decision is not null or reimbursed_at is not null},
        {'position': 4, 'step': 'approved', 'reached': decision is not distinct from 'approved' or reimbursed_at is not null},
        {'position': 5, 'step': 'reimbursed', 'reached': reimbursed_at is not null}
    ], recursive := true), declines > 0 as is_reworked
    from report_expenses
)
select
    position, step,
    count(*) filter (reached and not is_reworked) as never_declined,
    count(*) filter (reached and is_reworked) as declined_before,
    count(*) filter (reached) as expenses
from steps
group by position, step
order by position
