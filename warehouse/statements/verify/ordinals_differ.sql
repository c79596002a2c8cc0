-- columns that do not stand where ops.columns says, in tables that have as many as it says
with made as (
    select schema_name, table_name, column_name, row_number() over by_table - 1 as ordinal, count(*) over by_table as all_
    from duckdb_columns()
    semi join ops.tables using (schema_name, table_name)
    where database_name = current_database()
        and column_name not in ('event_id', 'company_id', 'occurred_at', 'received_at', 'position', 'parent_position')
    window by_table as (
        partition by schema_name, table_name
        order by column_index rows between unbounded preceding and unbounded following
    )
),

told as (select *, count(*) over (partition by schema_name, table_name) as all_ from ops.columns)

select
    'is column ' || made.ordinal || ', ops.columns says ' || told.ordinal as what,
    null as segment,
    null as event_id,
    schema_name || '.' || table_name as table_name,
    column_name
from made
join told using (schema_name, table_name, column_name, all_)
where made.ordinal <> told.ordinal
order by all
limit $shown
