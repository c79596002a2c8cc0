-- grain: one row
-- key: none
select
    count(*)::bigint as wrong,
    coalesce(min(segment), '') as example
from ops.segments
where status = 'damaged'
