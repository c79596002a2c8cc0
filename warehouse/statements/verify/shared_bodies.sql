-- the bodies that several told events share, or of which one is marked: no others can be echoes, or wrongly be marked.
-- Those of which an event is still to be marked are left to the next build.
create or replace temp table touched_bodies as
with since as (select event_name, min(load_no) as load_no from core.unmarked group by event_name)

select events.echo_key
from core.process_events as events
left join since on since.event_name = events.event_name and since.load_no < events.load_no
group by events.echo_key
having (count(*) > 1 or count(events.echo_of) > 0 or bool_or(events.is_echo is distinct from false))
    and count(since.event_name) = 0
