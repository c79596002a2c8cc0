-- what came first of each event_name to this company; the tables are named after it, as by a load
insert into core.names
select
    event_name, min(epoch_us(received_at)) as first_received_at,
    arg_min(event_id, {'at': received_at, 'id': event_id}) as first_event_id, '' as schema_name, '' as table_name
from core.event_store
group by event_name
