-- grain: one row per event_name, the 25 with most events
-- key: event_name
select
    left(event_name, 80) as event_name, count(*) as events, max(occurred_at) as last_occurred_at,
    max(received_at) as last_received_at, count(*) over () as event_names
from core.events
group by core.events.event_name
order by events desc, core.events.event_name
limit 25
