-- Which events of the touched bodies are marked otherwise than they should be: the same event_name, company and data under
-- another id, each at most a minute after the one before, are echoes of the first. All rows of a touched body are looked at
-- again, so that the order of arrival is no matter. They are found by rowid: found by key, every column of all history is
-- read. In a transaction of its own: DuckDB 2.0.0 crashes on that where one delete took rows committed and rows that are not.
create or replace temporary table marks as
with
parted as (
    select
        event_id, echo_key, event_name, company_id, entity_id, occurred_at, echo_of as echo_of_before,
        occurred_at > lag(occurred_at) over same_body + interval 60 seconds as begins_anew
    from core.process_events
    where rowid in (
        select rowid from core.process_events where echo_key in (select echo_key from touched_bodies)
    )
    window same_body as (
        partition by echo_key, event_name, company_id, entity_id order by occurred_at, event_id
    )
),
numbered as (
    select
        *,
        count(*) filter (begins_anew) over (
            partition by echo_key, event_name, company_id, entity_id order by occurred_at, event_id
            rows unbounded preceding
        ) as run
    from parted
),
marked as (
    select
        event_id, echo_key, echo_of_before,
        case
            when count(*) over same_run > 1 then first_value(event_id) over (same_run order by occurred_at, event_id)
        end as echo_of
    from numbered
    window same_run as (partition by echo_key, event_name, company_id, entity_id, run)
)
select event_id, echo_key, echo_of
from marked
where echo_of is distinct from echo_of_before
