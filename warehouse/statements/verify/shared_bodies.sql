-- the bodies that several told events share, or of which one is marked: no others can be echoes, or wrongly be marked
create or replace temp table touched_bodies as
select echo_key
from core.process_events
group by echo_key
having count(*) > 1 or count(echo_of) > 0 or bool_or(is_echo is distinct from false)
