-- grain: one row per event of a known stage that came when the numbers of its day had been published
-- key: event_id
select
    events.process, events.company_id, events.day, events.event_id, events.event_name, events.entity_id, events.stage,
    events.occurred_at, events.received_at, days.published_at,
    (select min(published_at) from ops.publications where load_no = events.seen_in) as corrected_at
from core.stage_events as events
join core.published_days as days
    on days.company_id = events.company_id and days.day = events.day and days.seen_in < events.seen_in
where events.stage is not null
