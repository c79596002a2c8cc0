-- grain: one row per column of a view of analytics
-- key: view_name, position
select
    views.view_name, views.comment as view_comment, columns.column_name, columns.column_index as position,
    columns.data_type, columns.comment as column_comment
from duckdb_views() as views
join duckdb_columns() as columns
    on columns.database_name = views.database_name and columns.schema_name = views.schema_name
    and columns.table_name = views.view_name
where views.schema_name = 'analytics' and not views.internal
order by views.view_name, columns.column_index
