-- grain: one row per span of time that expenses have been waiting
-- key: position
with spans (position, span, from_seconds, to_seconds) as (
    values
        (1, 'under 1 day', '-infinity'::double, 86400),
        (2, '1 to 3 days', 86400, 259200),
        (3, '3 to 7 days', 259200, 604800),
        (4, '1 to 2 weeks', 604800, 1209600),
        (5, '2 to 4 weeks', 1209600, 2419200),
        (6, '4 to 12 weeks', 2419200, 7257600),
        (7, 'over 12 weeks', 7257600, 'infinity'::double)
)
select
    spans.position, spans.span,
    count(*) filter (expenses.stage = 'created') as created,
    count(*) filter (expenses.stage = 'submitted') as submitted
from spans
left join report_expenses as expenses
    on expenses.age_seconds >= spans.from_seconds and expenses.age_seconds < spans.to_seconds
group by spans.position, spans.span
order by spans.position
