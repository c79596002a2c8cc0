-- columns, under the names their tables have now
update ops.columns as told
set table_name = renamed.now
from renamed
where told.schema_name = $schema and told.table_name = renamed.before
