-- what is known of each event_name that has tables, and of which process its events were told
select flattened.event_name, tables.schema_name, tables.table_name, flattened.process
from core.flattened as flattened
join ops.tables as tables on tables.event_name = flattened.event_name and tables.json_path = '$'
order by all
