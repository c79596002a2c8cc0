-- one row per typed table
create table ops.tables (
    event_name varchar not null,
    schema_name varchar not null,
    table_name varchar not null,
    json_path varchar not null,
    "rows" bigint not null
)
