-- grain: one row per event of known stage: what a day's numbers are made of
-- key: event_id
--
-- The amount is the one told by then, by this event or the last one before it. A decision has the microseconds since the
-- first submission before it, or the creation where none is known. So what occurs later changes no day that has passed.
with
told as (
    select
        *,
        last_value(case when amount is not null then {'amount': amount, 'currency': currency} end ignore nulls) over by_then
            as money,
        min(occurred_at) filter (stage = 'submitted') over by_then as submitted_at,
        min(occurred_at) filter (stage = 'created') over by_then as created_at
    from core.stage_events
    window by_then as (
        partition by process, company_id, entity_id order by occurred_at, event_id rows unbounded preceding
    )
)
select
    process, company_id, entity_id, event_id, day, stage, seen_in,
    case when abs(money.amount) < 1e18 then money.amount end as amount, money.currency as currency,
    case
        when stage in ('approved', 'declined')
            then epoch_us(occurred_at) - epoch_us(coalesce(submitted_at, created_at))
    end as microseconds
from told
where stage is not null
