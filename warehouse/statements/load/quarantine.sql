-- the quarantined deliveries of a batch of segments
insert into ops.quarantine
select
    quarantine_id,
    timezone('UTC', received_at),
    reason,
    detail,
    body,
    parse_path(filename)[-2] || '/' || parse_path(filename)[-1]
from read_parquet($files, filename = true, hive_partitioning = false)
