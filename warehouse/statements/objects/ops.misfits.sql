-- one row per value that its column cannot hold exactly, verbatim
create table ops.misfits (
    event_id varchar not null,
    schema_name varchar not null,
    table_name varchar not null,
    column_name varchar,
    json_path varchar not null,
    "value" varchar not null
)
