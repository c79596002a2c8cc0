-- grain: one row per span of time from the first submission to the last decision
-- key: position
with spans (position, span, from_seconds, to_seconds) as (
    values
        (0, 'before its submission', '-infinity'::double, 0),
        (1, 'under 1 hour', 0, 3600),
        (2, '1 to 4 hours', 3600, 14400),
        (3, '4 to 24 hours', 14400, 86400),
        (4, '1 to 2 days', 86400, 172800),
        (5, '2 to 3 days', 172800, 259200),
        (6, '3 to 5 days', 259200, 432000),
        (7, '5 to 7 days', 432000, 604800),
        (8, '1 to 2 weeks', 604800, 1209600),
        (9, '2 to 4 weeks', 1209600, 2419200),
        (10, 'over 4 weeks', 2419200, 'infinity'::double)
)
select
    spans.position, spans.span,
    count(*) filter (expenses.decision = 'approved') as approved,
    count(*) filter (expenses.decision = 'declined') as declined,
    count(expenses.expense_id) filter (expenses.decision is null) as not_told
from spans
left join report_expenses as expenses
    on expenses.seconds_to_decision >= spans.from_seconds and expenses.seconds_to_decision < spans.to_seconds
group by spans.position, spans.span
having spans.position > 0 or count(expenses.expense_id) > 0
order by spans.position
