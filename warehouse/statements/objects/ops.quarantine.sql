-- one row per quarantined delivery
create table ops.quarantine (
    quarantine_id varchar not null,
    received_at timestamptz not null,
    reason varchar not null,
    detail varchar,
    body blob,
    segment varchar not null
)
