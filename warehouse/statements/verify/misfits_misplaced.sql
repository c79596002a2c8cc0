-- misfits that name a table which their event does not have, or another column than the one of their path
with placed as (
    select
        misfits.event_id,
        misfits.schema_name || '.' || misfits.table_name as table_name,
        misfits.column_name,
        tables.table_name is null as is_foreign,
        columns.column_name as of_path
    from ops.misfits as misfits
    join core.event_store as events using (event_id)
    left join ops.tables as tables
        on tables.event_name = events.event_name
        and tables.schema_name = misfits.schema_name
        and tables.table_name = misfits.table_name
        and starts_with(misfits.json_path, tables.json_path)
    left join ops.columns as columns
        on columns.schema_name = misfits.schema_name
        and columns.table_name = misfits.table_name
        and columns.json_path = misfits.json_path
)

select distinct
    if(
        is_foreign,
        'a misfit names ' || table_name || ', which is no table of its event and path',
        'a misfit names another column than that of its path'
    ),
    null as segment,
    event_id,
    'ops.misfits',
    if(is_foreign, 'table_name', 'column_name')
from placed
where is_foreign or column_name is distinct from of_path
order by all
limit $shown
