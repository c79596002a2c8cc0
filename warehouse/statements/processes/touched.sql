-- The bodies whose echoes may have changed: those that new events share among themselves or with older ones, and those
-- of events that went.
create or replace temporary table touched_bodies as
with new as (
    select echo_key, count(*) as events
    from core.process_events
    where load_no > $watermark
    group by echo_key
)
select echo_key from new where events > 1
union
select echo_key
from core.process_events
where load_no <= $watermark and echo_key in (select echo_key from new)
union
select unnest($withdrawn::ubigint[]) as echo_key;
