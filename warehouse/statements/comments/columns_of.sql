-- The columns of all tables of one event_name, or of all, those of its arrays too.
select tables.event_name, columns.schema_name, columns.table_name, columns.column_name, columns.json_path
from ops.columns as columns
join ops.tables as tables on tables.schema_name = columns.schema_name and tables.table_name = columns.table_name
where tables.event_name = coalesce($event_name, tables.event_name)
order by all;
