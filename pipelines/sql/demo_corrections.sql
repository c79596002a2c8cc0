-- grain: one row per number that moved because of one event
-- key: day, measure, currency
select
    day,
    measure,
    currency,
    before,
    after
from analytics.late_corrections
where list_contains(because_of, $event_id)
order by day, measure
