-- The bodies whose echoes may have changed: those that events not yet marked share among themselves or with others.
-- $oldest and $newest are the least and the greatest load of core.unmarked, so that few row groups are read.
create or replace temporary table touched_bodies as
with since as (
    select event_name, min(load_no) as load_no from core.unmarked group by event_name
),
new as (
    select events.echo_key, count(*) as events
    from core.process_events as events
    join since using (event_name)
    where events.load_no > $oldest and events.load_no > since.load_no
    group by events.echo_key
)
select echo_key from new where events > 1
union
select echo_key
from core.process_events
where load_no <= $newest and echo_key in (select echo_key from new)
