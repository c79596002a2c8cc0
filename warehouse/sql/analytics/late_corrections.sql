-- grain: one row per measure of a published day that moved because of one late event
-- key: company_id, day, measure, event_id
--
-- A day is published by the first publication after its end (UTC). Events of that day that come with a later load move its
-- numbers: the count of events of their stage and, where an amount is known, the sum in its currency.
with
late as (
    select
        events.process, events.company_id, events.entity_id, events.event_id, events.event_name, events.stage,
        events.occurred_at, events.received_at, events.load_no,
        make_timestamp(epoch_us(events.occurred_at))::date as day,
        coalesce(events.amount, states.amount) as amount,
        case when events.amount is null then states.currency else events.currency end as currency
    from core.process_events as events
    join analytics.process_timeline as states using (process, company_id, entity_id)
    where not events.is_echo and events.stage is not null
),
published as (
    select
        days.day, min(publications.published_at) as published_at,
        arg_min(publications.load_no, publications.published_at) as load_no
    from (select distinct day from late) as days
    join ops.publications as publications
        on make_timestamp(epoch_us(publications.published_at)) >= days.day + interval 1 day
    group by days.day
),
moved as (
    select
        late.*, published.published_at,
        (select min(published_at) from ops.publications where load_no >= late.load_no) as corrected_at
    from late
    join published on published.day = late.day and late.load_no > published.load_no
)
select
    company_id, day, process || ' ' || stage as measure, 1::decimal(38, 9) as change, null as currency,
    event_id, event_name, entity_id, occurred_at, received_at, published_at, corrected_at
from moved
union all
select
    company_id, day, process || ' amount ' || stage as measure, amount as change, currency,
    event_id, event_name, entity_id, occurred_at, received_at, published_at, corrected_at
from moved
where amount is not null
