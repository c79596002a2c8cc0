-- the number of the last load; publications that were taken over from another file are of loads before it
select coalesce(max(load_no), 0)
from (select load_no from ops.segments union all select load_no from ops.publications)
