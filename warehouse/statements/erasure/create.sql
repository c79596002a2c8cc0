-- one row per erasure, without personal data: when, by which kind of criterion, how much
create table if not exists ops.erasures (
    erasure varchar not null,
    erased_at timestamptz not null,
    criterion varchar not null,
    events bigint not null,
    deliveries bigint not null,
    quarantined bigint not null
)
