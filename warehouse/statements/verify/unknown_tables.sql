-- tables beside the typed ones that ops.tables does not know
select 'ops.tables does not know this table', null as segment, null as event_id, schema_name || '.' || table_name
from duckdb_tables()
anti join ops.tables using (schema_name, table_name)
where database_name = current_database() and schema_name in (select schema_name from ops.tables)
order by all
limit $shown
