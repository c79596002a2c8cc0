-- the SQL of every view and macro of the file
select schema_name || '.' || view_name as name, 'view' as kind, sql as text
from duckdb_views()
where database_name = current_database() and not internal
union all
select
    schema_name || '.' || function_name,
    'macro',
    string_agg(concat_ws(' ', function_type, parameters::varchar, macro_definition), ';' order by parameters::varchar)
from duckdb_functions()
where database_name = current_database() and not internal
group by schema_name, function_name
order by name, kind
