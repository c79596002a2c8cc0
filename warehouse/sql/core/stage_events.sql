-- grain: one row per event of an entity, echoes as one, with its day (UTC) and the publication that showed it first
-- key: event_id
--
-- seen_in is the load_no of that publication; where none has shown it yet, that of its own load. Of an event and its
-- echoes the one that came first was counted: seen_in is that one's.
with
loads as (
    select distinct load_no from core.process_events
),
published as (
    select load_no, min(published_at) as published_at from ops.publications group by load_no
),
shown as (
    select loads.load_no, coalesce(published.load_no, loads.load_no) as seen_in
    from loads
    asof left join published on loads.load_no <= published.load_no
),
echoed as (
    select events.echo_of, min(shown.seen_in) as seen_in
    from core.process_events as events
    join shown using (load_no)
    where events.echo_of is not null
    group by events.echo_of
)
select
    events.process, events.company_id, events.entity_id, events.event_id, events.event_name, events.stage,
    events.occurred_at, events.received_at, events.amount, events.currency,
    make_timestamp(epoch_us(events.occurred_at))::date as day,
    least(shown.seen_in, echoed.seen_in) as seen_in
from core.process_events as events
join shown using (load_no)
left join echoed on echoed.echo_of = events.event_id
where events.entity_id is not null and not events.is_echo
