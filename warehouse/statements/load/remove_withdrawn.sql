-- rows of the events withdrawn by this load
delete from core.event_store
where event_id in (select event_id from core.withdrawn where load_no = $load_no) and load_no < $load_no
