-- columns that are not there as ops.columns describes them, and columns it does not describe; where they stand is compared
-- in tables that have as many as it says
with made as (
    select
        schema_name,
        table_name,
        column_name,
        replace(data_type, 'TIMESTAMP WITH TIME ZONE', 'TIMESTAMPTZ') as data_type,
        row_number() over (partition by schema_name, table_name order by column_index) - 1 as ordinal
    from duckdb_columns()
    semi join ops.tables using (schema_name, table_name)
    where database_name = current_database()
        and column_name not in ('event_id', 'company_id', 'occurred_at', 'received_at', 'position', 'parent_position')
),

compared as (
    select
        schema_name,
        table_name,
        column_name,
        made.data_type as made_type,
        told.data_type as told_type,
        made.ordinal as made_ordinal,
        told.ordinal as told_ordinal,
        count(made.data_type) over by_table = count(told.data_type) over by_table as are_as_many
    from made
    full join ops.columns as told using (schema_name, table_name, column_name)
    window by_table as (partition by schema_name, table_name)
)

select
    case
        when made_type is null then 'is not there'
        when told_type is null then 'is not in ops.columns'
        when made_type <> told_type then 'is of the type ' || made_type || ', ops.columns says ' || told_type
        else 'is column ' || made_ordinal || ', ops.columns says ' || told_ordinal
    end as what,
    null as segment,
    null as event_id,
    schema_name || '.' || table_name as table_name,
    column_name
from compared
where made_type is distinct from told_type or (are_as_many and made_ordinal <> told_ordinal)
order by all
limit $shown
