-- grain: one row per event of a process that had occurred by ts and was known at known_at, echoes left out
-- key: event_id
-- macro: (ts, known_at := null)
--
-- An echo is one only beside an event known by then: with fewer events known, a run of echoes may fall apart.
with
known as not materialized (
    select *
    from core.process_events
    where occurred_at <= ts::timestamptz
        and (known_at is null or received_at <= known_at::timestamptz)
),
repeated as (
    select
        *,
        occurred_at <= lag(occurred_at) over (
            partition by process, company_id, entity_id, echo_of order by occurred_at, event_id
        ) + interval 60 seconds as repeats
    from known
    where echo_of is not null
),
counted as (
    select * from known where echo_of is null
    union all
    select * exclude (repeats) from repeated where repeats is not true
)
select
    process, event_id, event_name, company_id, entity_id, stage, occurred_at, received_at,
    amount, currency, category, engagement_id, country, approver, told_submitted_at, told_reviewed_at
from counted
