-- child tables, under the names they have now; an event_name's own table that is not made yet may have the old one
update ops.tables as told
set table_name = renamed.now
from renamed
where told.schema_name = $schema and told.table_name = renamed.before and told.json_path <> '$'
