-- grain: one row per event of a published day, and later publication in which what it adds to the day's numbers moved
-- key: event_id, seen_in
--
-- An event is late when a publication had shown the numbers of its day without it. It moves these, and may move what
-- later events of its entity say: the amount they stand for, the time a decision took. before is NULL for what is new.
with
late as (
    select
        events.process, events.company_id, events.entity_id, events.seen_in,
        list(events.event_id order by events.event_id) as because_of
    from core.stage_events as events
    join core.published_days as days
        on days.company_id = events.company_id and days.day = events.day and days.seen_in < events.seen_in
    group by events.process, events.company_id, events.entity_id, events.seen_in
),
sides as (
    select late.seen_in as moved_in, late.because_of, events.*, unnest([false, true]) as is_after
    from late
    join core.stage_events as events using (process, company_id, entity_id)
    where events.seen_in <= late.seen_in
),
told as (
    select
        *,
        last_value(case when amount is not null then {'amount': amount, 'currency': currency} end ignore nulls) over by_then
            as money,
        min(occurred_at) filter (stage = 'submitted') over by_then as submitted_at,
        min(occurred_at) filter (stage = 'created') over by_then as created_at
    from sides
    where is_after or seen_in < moved_in
    window by_then as (
        partition by process, company_id, entity_id, moved_in, is_after
        order by occurred_at, event_id rows unbounded preceding
    )
),
facts as (
    select
        process, company_id, entity_id, event_id, day, stage, moved_in, because_of, is_after,
        {
            'amount': case when abs(money.amount) < 1e18 then money.amount end,
            'currency': money.currency,
            'microseconds': case
                when stage in ('approved', 'declined')
                    then epoch_us(occurred_at) - epoch_us(coalesce(submitted_at, created_at))
            end
        } as fact
    from told
    where stage is not null
),
compared as (
    select
        process, company_id, entity_id, event_id, day, stage, moved_in, any_value(because_of) as because_of,
        any_value(fact) filter (not is_after) as before, any_value(fact) filter (is_after) as after
    from facts
    group by process, company_id, entity_id, event_id, day, stage, moved_in
)
select
    compared.process, compared.company_id, compared.entity_id, compared.event_id, compared.day, compared.stage,
    compared.moved_in as seen_in, days.published_at, before, after,
    case when before is null then [compared.event_id] else compared.because_of end as because_of
from compared
join core.published_days as days
    on days.company_id = compared.company_id and days.day = compared.day and days.seen_in < compared.moved_in
where before is distinct from after
