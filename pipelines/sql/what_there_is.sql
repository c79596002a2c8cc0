-- grain: one row per view, macro and table of the published warehouse
-- key: name
with views as (
    select
        schema_name,
        schema_name || '.' || view_name as name,
        'view' as kind,
        null::bigint as "rows",
        regexp_extract(comment, 'Grain: one row per (.*?)[.:] ', 1) as one_row_per
    from duckdb_views()
    where not internal and schema_name in ('analytics', 'ops')
),

macros as (
    select
        schema_name,
        schema_name || '.' || function_name || '(' || list_aggregate(parameters, 'string_agg', ', ') || ')' as name,
        'macro' as kind,
        null::bigint as "rows",
        regexp_extract(comment, 'Grain: one row per (.*?)[.:] ', 1) as one_row_per
    from duckdb_functions()
    where function_type = 'table_macro' and schema_name = 'analytics'
),

typed as (
    select
        schema_name,
        schema_name || '.' || table_name as name,
        'table' as kind,
        "rows",
        if(json_path = '$', 'event ' || event_name, 'element of ' || json_path || ' of ' || event_name) as one_row_per
    from ops.tables
),

ledgers as (
    select
        schema_name,
        schema_name || '.' || table_name as name,
        'table' as kind,
        estimated_size::bigint as "rows",
        null as one_row_per
    from duckdb_tables()
    where not internal and schema_name = 'ops'
),

everything as (
    from views
    union all by name
    from macros
    union all by name
    from typed
    union all by name
    from ledgers
    union all by name
    select
        'core' as schema_name,
        'core.events' as name,
        'view' as kind,
        null::bigint as "rows",
        'event, with its whole data' as one_row_per
)

select
    name,
    kind,
    "rows",
    one_row_per
from everything
order by
    coalesce(list_position(['analytics', 'core', 'ops'], schema_name), 1.5),
    name
