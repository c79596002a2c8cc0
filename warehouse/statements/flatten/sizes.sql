-- how many events of each event_name have ever arrived
select event_name, sum(events) from core.arrivals group by event_name
