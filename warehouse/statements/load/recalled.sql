-- the data of the events that gave way in this load
create or replace temp table recalled as
select stored.event_id, stored.data
from core.event_store as stored semi join (select event_id from core.withdrawn where load_no = $load_no) using (event_id)
where stored.load_no < $load_no
