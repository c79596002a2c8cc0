-- the data of the events that gave way in this load; found by rowid as in contested.sql
create or replace temp table recalled as
with gone as (select event_id from core.withdrawn where load_no = $load_no)
select event_id, data
from core.event_store
where rowid in (select rowid from core.event_store semi join gone using (event_id) where load_no < $load_no)
