-- what hangs on tables and nacre never makes: it may keep the next build from writing, or change what it writes
select 'nacre makes no index: ' || index_name as what, schema_name || '.' || table_name as table_name, null as column_name
from duckdb_indexes()
where database_name = current_database()
union all
select 'nacre makes no trigger: ' || trigger_name, schema_name || '.' || table_name, null
from duckdb_triggers()
where database_name = current_database()
union all
select distinct 'nacre makes no constraint: ' || constraint_type, schema_name || '.' || table_name, null
from duckdb_constraints()
left join ops.tables as typed using (schema_name, table_name)
where database_name = current_database() and (constraint_type <> 'NOT NULL' or typed.table_name is not null)
union all
select 'nacre makes no default, and no generated column', schema_name || '.' || table_name, column_name
from duckdb_columns()
where database_name = current_database() and not internal and (column_default is not null or is_generated)
union all
select 'nacre makes no sequence', schema_name || '.' || sequence_name, null
from duckdb_sequences()
where database_name = current_database()
union all
select 'nacre makes no type', schema_name || '.' || type_name, null
from duckdb_types()
where database_name = current_database() and not internal
order by all
