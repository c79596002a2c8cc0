-- told events whose marks are not those that were worked out
select event_id, 'echo_of' as column_name from marks
union all
select event_id, 'is_echo'
from core.process_events
semi join touched_bodies using (echo_key)
where is_echo is distinct from coalesce(echo_of <> event_id, false)
order by all
limit $shown
