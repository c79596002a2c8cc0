-- Marks the echoes among the touched bodies: the same event_name, company and data under another id, each at most a
-- minute after the one before. All rows of a touched body are looked at again, so that the order of arrival is no matter.
-- Found by key: DuckDB 2.0.0 misses rows, or crashes, where an update finds them by rowid after others were deleted.
update core.process_events as events
set is_echo = coalesce(marked.echo_of <> marked.event_id, false), echo_of = marked.echo_of
from (
    with
    parted as (
        select
            event_id, echo_key, event_name, company_id, entity_id, occurred_at, echo_of as echo_of_before,
            occurred_at > lag(occurred_at) over same_body + interval 60 seconds as begins_anew
        from core.process_events
        where echo_key in (select echo_key from touched_bodies)
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
) as marked
where events.event_id = marked.event_id and events.echo_key = marked.echo_key;
