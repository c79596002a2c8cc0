-- every delivery known of an id that was delivered more than once: those of this batch, and those loaded before; without
-- the data of events, of which few give way and which take long to read. Events are found by rowid, so that of a long
-- history only the ids are read whole; nothing has written to the store in this transaction (see processes/marks.sql)
create or replace temp table contested as
select
    event_id, event_name, company_id, received_at, segment, body_hash, data, 'incoming' as known_as, clock, number
from repeated
union all
select event_id, event_name, company_id, received_at, segment, body_hash, null, 'event', null, null
from core.event_store where rowid in (select rowid from core.event_store semi join known using (event_id))
union all
select event_id, null, null, received_at, segment, null, null, 'duplicate', null, null
from ops.duplicates semi join known using (event_id)
union all
select event_id, event_name, company_id, received_at, segment, body_hash, data, 'conflict', null, null
from ops.conflicts semi join known using (event_id)
