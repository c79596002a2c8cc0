-- the key columns that the typed tables have
select schema_name, table_name, column_name, replace(data_type, 'TIMESTAMP WITH TIME ZONE', 'TIMESTAMPTZ')
from duckdb_columns()
semi join ops.tables using (schema_name, table_name)
where database_name = current_database()
    and column_name in ('event_id', 'company_id', 'occurred_at', 'received_at', 'position', 'parent_position')
order by all
