-- how long the data of an event is, by some of them
select coalesce(avg(strlen(data)), 0) from (select data from core.event_store limit 2000)
