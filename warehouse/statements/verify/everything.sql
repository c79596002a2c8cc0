-- all events, as a sample of them all
create or replace temp view sample as select event_id, segment from core.event_store
