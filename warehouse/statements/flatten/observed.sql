-- the remembered shape of one event_name, parents before what is below them
select steps, kinds, first_received_at, first_event_id, first_position
from core.observed
where event_name = ?
order by len(steps)
