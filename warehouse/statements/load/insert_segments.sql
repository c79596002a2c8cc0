-- the ledger: one row for each segment of the batch
insert into ops.segments
select
    segment,
    $kind,
    try_cast(received_date as date),
    deliveries,
    bytes,
    sha256_prefix,
    $load_no,
    current_timestamp,
    status,
    detail
from listed
