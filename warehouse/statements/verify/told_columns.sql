-- the columns of core.process_events, in order
select column_name, data_type
from duckdb_columns()
where database_name = current_database() and schema_name = 'core' and table_name = 'process_events'
order by column_index
