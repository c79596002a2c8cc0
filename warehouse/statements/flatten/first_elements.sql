-- where the arrays of some event_names were first seen with an element
select event_name, steps, first_received_at, first_event_id, first_position
from core.observed
where list_contains($event_names, event_name) and steps[-1] is null and len(steps) > 0
