-- grain: one row per day of receipt (UTC) up to the newest one, 60 at most, without holes
-- key: day
with
received as (
    select received_date as day, sum(deliveries)::bigint as deliveries
    from ops.segments
    where kind = 'events' and received_date is not null
    group by received_date
),
days as (
    select unnest(generate_series(
        greatest(min(day), max(day) - interval 59 days), max(day)::timestamp, interval 1 day
    ))::date as day
    from received
)
select days.day, coalesce(received.deliveries, 0) as deliveries
from days
left join received using (day)
order by days.day
