-- columns whose origin is not that of the tables they are in, or whose first event is none of their event_name
with told as (
    select
        columns.*,
        if(map_contains(made.declared, columns.json_path), 'declared', 'observed') as made_by,
        columns.json_path = tables.json_path as is_rest,
        firsts.event_id is not null as is_known
    from ops.columns as columns
    join ops.tables as tables using (schema_name, table_name)
    join core.flattened as made on made.event_name = tables.event_name
    left join core.event_store as firsts
        on firsts.event_id = columns.first_event_id
        and firsts.received_at = columns.first_received_at
        and firsts.event_name = tables.event_name
)

select
    if(origin <> made_by, 'is ' || made_by || ', ops.columns says otherwise', 'appeared first in no such event') as what,
    null as segment,
    null as event_id,
    schema_name || '.' || table_name as table_name,
    column_name
from told
where origin <> made_by or not (is_known or is_rest)
order by all
limit $shown
