-- when the columns of a warehouse were widened
select schema_name, table_name, column_name, json_path, data_type, widened_at
from ops.columns
where widened_at is not null
