-- one row per segment of the lake that was looked at: what it held, and whether it was whole
create table ops.segments (
    segment varchar not null,
    kind varchar not null,
    received_date date,
    deliveries bigint not null,
    bytes bigint not null,
    sha256_prefix varchar not null,
    load_no bigint not null,
    loaded_at timestamptz not null,
    status varchar not null,
    detail varchar
)
