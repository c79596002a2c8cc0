-- one row per delivery with the id of an event delivered before, and another body
create table ops.conflicts (
    event_id varchar not null,
    received_at timestamptz not null,
    segment varchar not null,
    event_name varchar not null,
    company_id varchar not null,
    data json not null,
    body_hash ubigint not null,
    winner_received_at timestamptz not null,
    winner_segment varchar not null
)
