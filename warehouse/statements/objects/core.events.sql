-- one row per id: what analysts see of core.event_store
create view core.events as
select event_id, event_name, company_id, occurred_at, received_at, segment, data from core.event_store
