-- event_names whose first event, or whose table, is not the one that their name was given by
with firsts as (
    select
        event_name, min(epoch_us(received_at)) as first_received_at,
        arg_min(event_id, {'at': received_at, 'id': event_id}) as first_event_id
    from core.event_store
    group by event_name
),

wanted as (
    select event_name, first_received_at, first_event_id, schema_name, table_name
    from firsts
    full join (from ops.tables where json_path = '$') as tables using (event_name)
)

select
    'does not say what was first of ' || event_name || ', or how its table is called' as what,
    null as segment,
    null as event_id,
    'core.names' as table_name
from ((from wanted except all from core.names) union (from core.names except all from wanted))
group by event_name
order by event_name
limit $shown
