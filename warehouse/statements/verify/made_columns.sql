-- every column of every table of the file, and of what type it is
select
    made.schema_name || '.' || made.table_name,
    columns.column_name,
    columns.data_type || if(columns.is_nullable, '', ' not null')
from duckdb_tables() as made
join duckdb_columns() as columns using (database_name, schema_name, table_name)
where made.database_name = current_database()
order by 1, columns.column_index
