-- grain: one row per table
-- key: schema_name, table_name
select
    schema_name,
    table_name,
    event_name,
    nullif(json_path, '$') as json_path,
    rows
from ops.tables
order by schema_name, table_name
