-- the segments of the ledger, and what it says of their files
select kind, segment, status, deliveries, bytes, sha256_prefix, cast(received_date as varchar) as received_date
from ops.segments
order by kind, segment
