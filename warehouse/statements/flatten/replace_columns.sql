-- the new rows of ops.columns, with what is known of the old ones' widening
create temp table replaced_columns as
select
    $schema_name as schema_name,
    new_columns.table_name,
    new_columns.column_name,
    new_columns.json_path,
    new_columns.data_type,
    new_columns.origin,
    new_columns.ordinal,
    new_columns.first_event_id,
    make_timestamp(new_columns.first_received_at)::timestamptz as first_received_at,
    case when known.data_type <> new_columns.data_type then current_timestamp else known.widened_at end as widened_at
from new_columns
left join (
    select columns.*
    from ops.columns as columns
    join ops.tables as tables using (schema_name, table_name)
    where tables.event_name = $event_name
) as known
    on known.table_name = new_columns.table_name
    and known.column_name = new_columns.column_name
    and known.json_path = new_columns.json_path
