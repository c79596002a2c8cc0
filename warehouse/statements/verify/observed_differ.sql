-- places that are said to appear first in an event that is not there
select distinct
    'says that a place of ' || event_name || ' appeared first in no such event' as what,
    null as segment,
    first_event_id as event_id,
    'core.observed' as table_name
from (from core.observed where first_event_id <> '') -- '' is that of the elements of an array that was always empty
anti join (
    select event_name, event_id as first_event_id, epoch_us(received_at) as first_received_at from core.event_store
) using (event_name, first_event_id, first_received_at)
order by all
limit $shown
