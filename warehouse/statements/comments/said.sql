-- What the comments of typed tables, and of their columns, say.
select schema_name, table_name, null as column_name, comment
from duckdb_tables()
semi join ops.tables using (schema_name, table_name)
where database_name = current_database()
union all
select schema_name, table_name, column_name, comment
from duckdb_columns()
semi join ops.tables using (schema_name, table_name)
where database_name = current_database();
