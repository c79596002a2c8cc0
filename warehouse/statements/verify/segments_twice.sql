-- segments that the ledger has more than once
select 'is in the ledger ' || count(*) || ' times' as what, segment, null as event_id, 'ops.segments' as table_name
from ops.segments
group by kind, segment
having count(*) > 1
order by segment
limit $shown
