-- grain: one row
-- key: none
select
    count(*)::bigint as wrong,
    coalesce(min(event_id), '') as example
from ops.conflicts
