-- grain: one row
-- key: none
select
    count(*)::bigint as wrong,
    coalesce(min(schema_name || '.' || table_name || '.' || column_name), '') as example
from ops.misfits
