-- Forgets the events that later loads replaced or erased; their bodies' other rows are looked at again for echoes.
delete from core.process_events
where event_id in (select event_id from core.withdrawn where load_no > $watermark)
returning echo_key;
