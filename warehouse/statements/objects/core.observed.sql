-- one row per place in the data of an event_name: the kinds of values seen there (bits), and by which event first
create table core.observed (
    event_name varchar not null,
    steps varchar[] not null,
    kinds uinteger not null,
    first_received_at bigint not null,
    first_event_id varchar not null,
    first_position bigint not null
)
