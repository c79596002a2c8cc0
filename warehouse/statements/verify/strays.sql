-- duplicates, conflicts and misfits of ids that are no events
select distinct 'belongs to no event', null as segment, event_id, table_name
from (
    select event_id, 'ops.duplicates' as table_name from ops.duplicates
    union all
    select event_id, 'ops.conflicts' from ops.conflicts
    union all
    select event_id, 'ops.misfits' from ops.misfits
) as kept
anti join core.event_store using (event_id)
order by event_id, table_name
limit $shown
