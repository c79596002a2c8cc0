-- grain: one row
-- key: none
with loaded as (
    select
        count(*) filter (kind = 'events')::bigint as segments,
        coalesce(sum(deliveries) filter (kind = 'events'), 0)::bigint as delivered,
        count(*) filter (status = 'damaged')::bigint as damaged
    from ops.segments
)

select
    loaded.*,
    (select count(*)::bigint from core.event_store) as events,
    (select count(*)::bigint from ops.duplicates) as duplicates,
    (select count(*)::bigint from ops.conflicts) as conflicts,
    (select max(received_at) from core.events) as last_received_at,
    (select max(published_at) from ops.publications) as last_published_at,
    (select count(*)::bigint from ops.misfits) as misfits,
    (select count(*)::bigint from ops.quarantine) as quarantined
from loaded
