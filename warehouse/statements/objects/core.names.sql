-- one row per event_name: its first event, and the table it was given
create table core.names (
    event_name varchar not null,
    first_received_at bigint not null,
    first_event_id varchar not null,
    schema_name varchar not null,
    table_name varchar not null
)
