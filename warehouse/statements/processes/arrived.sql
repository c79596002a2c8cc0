-- The processes that new events belong to.
select distinct stages.process
from (select distinct split_part(event_name, '.', 1) as namespace from core.event_store where load_no > $watermark) as new
join core.process_stages as stages using (namespace);
