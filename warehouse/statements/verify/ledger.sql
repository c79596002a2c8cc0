-- the segments of the ledger
select kind, segment, status, deliveries from ops.segments order by kind, segment
