-- columns that are not there as ops.columns describes them, and columns it does not describe
with made as (
    select
        schema_name,
        table_name,
        column_name,
        replace(data_type, 'TIMESTAMP WITH TIME ZONE', 'TIMESTAMPTZ') as data_type
    from duckdb_columns()
    semi join ops.tables using (schema_name, table_name)
    where database_name = current_database()
        and column_name not in ('event_id', 'company_id', 'occurred_at', 'received_at', 'position', 'parent_position')
)

select
    case
        when made.data_type is null then 'is not there'
        when told.data_type is null then 'is not in ops.columns'
        else 'is of the type ' || made.data_type || ', ops.columns says ' || told.data_type
    end as what,
    null as segment,
    null as event_id,
    schema_name || '.' || table_name as table_name,
    column_name
from made
full join ops.columns as told using (schema_name, table_name, column_name)
where made.data_type is distinct from told.data_type
order by all
limit $shown
