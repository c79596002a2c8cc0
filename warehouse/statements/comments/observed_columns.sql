-- The columns that hold leaves of data, of all tables of one event_name, those of its arrays too.
select columns.schema_name, columns.table_name, columns.column_name, columns.json_path, columns.data_type
from ops.columns as columns
join ops.tables as tables on tables.schema_name = columns.schema_name and tables.table_name = columns.table_name
where tables.event_name = $event_name and starts_with(columns.json_path, '$[')
order by length(tables.json_path), tables.json_path, columns.ordinal;
