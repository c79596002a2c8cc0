-- every comment in the file: on what, on which column of it, and what it says
select schema_name || '.' || table_name as name, null as column_name, comment
from duckdb_tables()
where database_name = current_database() and comment is not null
union all
select schema_name || '.' || view_name, null, comment
from duckdb_views()
where database_name = current_database() and not internal and comment is not null
union all
select schema_name || '.' || table_name, column_name, comment
from duckdb_columns()
where database_name = current_database() and not internal and comment is not null
union all
select schema_name || '.' || function_name, null, any_value(comment)
from duckdb_functions()
where database_name = current_database() and not internal and comment is not null
group by schema_name, function_name
