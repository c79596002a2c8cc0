-- the ledger: one row for each segment of the batch
insert into ops.segments
select
    listed.segment,
    listed.kind,
    try_cast(listed.received_date as date),
    coalesce(counted.deliveries, 0),
    listed.bytes,
    listed.sha256_prefix,
    $load_no,
    current_timestamp,
    listed.status,
    listed.detail
from listed
left join counted using (segment)
