-- every typed table that is there
select tables.event_name, tables.schema_name, tables.table_name, tables.json_path
from ops.tables as tables
join duckdb_tables() as made
    on made.schema_name = tables.schema_name and made.table_name = tables.table_name
    and made.database_name = current_database()
order by tables.event_name
