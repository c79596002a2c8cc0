-- event_names with events and without a table, or named in ops.tables and without one
select 'events of ' || event_name || ' have no table', null as segment, null as event_id, table_name
from (
    select event_name, null as table_name
    from (select distinct event_name from core.event_store)
    anti join ops.tables using (event_name)
    union all
    select event_name, schema_name || '.' || table_name
    from ops.tables
    anti join (from duckdb_tables() where database_name = current_database()) using (schema_name, table_name)
)
order by event_name
limit $shown
