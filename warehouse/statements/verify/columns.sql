-- every column of every typed table that is there as ops.columns describes it
select told.schema_name, told.table_name, told.column_name, told.json_path, told.data_type
from ops.columns as told
join duckdb_columns() as made
    on made.schema_name = told.schema_name
    and made.table_name = told.table_name
    and made.column_name = told.column_name
    and replace(made.data_type, 'TIMESTAMP WITH TIME ZONE', 'TIMESTAMPTZ') = told.data_type
    and made.database_name = current_database()
order by told.schema_name, told.table_name, told.ordinal
