-- the columns of every table that both files must have alike: the typed tables and the ledgers, without what tells
-- only when, by which load, or from which segment a row came
with live_tables as (
    select schema_name, table_name from ops.tables
    union
    select schema_name, table_name from "live file".ops.tables
    union
    select unnest(['core', 'core', 'ops', 'ops', 'ops', 'ops', 'ops', 'ops']),
        unnest(['event_store', 'process_events', 'tables', 'columns', 'duplicates', 'conflicts', 'misfits', 'quarantine'])
),

kept as (
    select database_name, schema_name, table_name, column_name, data_type
    from duckdb_columns()
    semi join live_tables using (schema_name, table_name)
    where not (
        schema_name in ('core', 'ops')
        and column_name in ('load_no', 'segment', 'winner_segment', 'widened_at', 'loaded_at')
    )
)

select
    schema_name,
    table_name,
    list({'name': column_name, 'type': data_type} order by column_name)
        filter (database_name = current_database()) as made,
    list({'name': column_name, 'type': data_type} order by column_name) filter (database_name = 'live file') as live
from kept
where database_name in (current_database(), 'live file')
group by schema_name, table_name
order by schema_name, table_name
