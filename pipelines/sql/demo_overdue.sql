-- grain: one row per expense shown
-- key: entity_id
-- The six that wait for a decision, or for payment, longest behind their day.
select
    entity_id,
    stage,
    with_role,
    with_whom,
    waiting_since,
    working_days,
    due_on,
    amount,
    currency
from analytics.overdue_items
where process = 'expense'
qualify row_number() over (
    partition by stage
    order by amount is null, due_on, entity_id
) <= 2
order by due_on, entity_id
