-- whether rows of an event_name were withdrawn by later loads
select 1 from core.withdrawn where event_name = $event_name and load_no > $after limit 1
