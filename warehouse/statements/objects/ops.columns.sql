-- one row per column of a typed table
create table ops.columns (
    schema_name varchar not null,
    table_name varchar not null,
    column_name varchar not null,
    json_path varchar not null,
    data_type varchar not null,
    origin varchar not null,
    ordinal bigint not null,
    first_event_id varchar,
    first_received_at timestamptz,
    widened_at timestamptz
)
