-- misfits say the column of their place as the tables have it now: one that was only ever null may have gone since
update ops.misfits as misfits
set column_name = places.column_name
from (
    select kept.schema_name, kept.table_name, kept.json_path, columns.column_name
    from (select distinct schema_name, table_name, json_path from ops.misfits) as kept
    join ops.tables as tables using (schema_name, table_name)
    left join ops.columns as columns
        on columns.schema_name = kept.schema_name
        and columns.table_name = kept.table_name
        and columns.json_path = kept.json_path
    where tables.event_name = $event_name
) as places
where misfits.schema_name = places.schema_name
    and misfits.table_name = places.table_name
    and misfits.json_path = places.json_path
    and misfits.column_name is distinct from places.column_name
