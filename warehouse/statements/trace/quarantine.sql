-- unusable deliveries in whose body one id stands
select quarantine_id, received_at, reason, detail, segment, body
from ops.quarantine
where contains(body::varchar, encode($event_id)::varchar)
order by received_at, quarantine_id
