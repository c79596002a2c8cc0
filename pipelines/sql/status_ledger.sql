-- grain: one row
-- key: none
with loaded as (
    select
        count(*)::bigint as segments,
        coalesce(sum(rows), 0)::bigint as delivered,
        coalesce(sum(events), 0)::bigint as events,
        coalesce(sum(duplicates), 0)::bigint as duplicates,
        coalesce(sum(conflicts), 0)::bigint as conflicts,
        count(*) filter (status = 'damaged')::bigint as damaged
    from ops.segments
    where kind = 'events'
)

select
    loaded.*,
    (select max(received_at) from core.events) as last_received_at,
    (select max(published_at) from ops.publications) as last_published_at,
    (select count(*)::bigint from ops.misfits) as misfits,
    (select count(*)::bigint from ops.quarantine) as quarantined
from loaded
