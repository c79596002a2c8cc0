-- which event_names a load brought, so that their tables are known to be behind
insert into core.arrivals
select event_name, $load_no, count(*) from core.event_store where load_no = $load_no group by event_name
