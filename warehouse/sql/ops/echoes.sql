-- grain: one row per event of a process that says again what another event said, under another id
-- key: event_id
select event_id, echo_of, event_name, process, company_id, entity_id, occurred_at, received_at
from core.process_events
where is_echo
