-- grain: one row per event of an entity: what every number about it is made of
-- key: event_id
--
-- Events of an entity are ordered by occurred_at, then event_id. An echo says again what the event in echo_of said, and
-- counts nowhere; an event of unknown stage moves nothing.
select
    process, company_id, entity_id, event_id, event_name, stage, occurred_at, received_at, amount, currency,
    is_echo, echo_of
from core.process_events
where entity_id is not null
