-- one row per event: core.events with what the pipeline needs beside it; zstd makes it a seventh of its size; ids do not shrink
create table core.event_store (
    event_id varchar using compression uncompressed not null,
    event_name varchar not null,
    company_id varchar not null,
    occurred_at timestamptz not null,
    received_at timestamptz not null,
    segment varchar not null,
    data json using compression zstd not null,
    body_hash ubigint not null,
    load_no bigint not null
)
