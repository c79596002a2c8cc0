-- how many events of each event_name were told to processes
select event_name, count(*) from core.process_events group by event_name
