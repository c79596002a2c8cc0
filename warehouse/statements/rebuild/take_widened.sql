-- when a column was widened, where it is the same column still
update ops.columns as made
set widened_at = known.widened_at
from known
where known.schema_name = made.schema_name
    and known.table_name = made.table_name
    and known.column_name = made.column_name
    and known.json_path = made.json_path
    and known.data_type = made.data_type
