-- grain: one row per expense shown
-- key: company_id, expense_id
-- The two latest expenses of each stage, with the facts that tell most.
select
    company_id,
    expense_id,
    stage,
    submitted_at,
    seconds_to_decision,
    seconds_to_reimbursement,
    amount,
    currency
from analytics.expense_approval_timeline
where stage != 'unknown'
qualify row_number() over (
    partition by stage
    order by amount is null, coalesce(submitted_at, created_at) desc nulls last, expense_id
) <= 2
order by
    list_position(['created', 'submitted', 'approved', 'declined', 'reimbursed', 'deleted'], stage),
    submitted_at desc nulls last,
    expense_id
