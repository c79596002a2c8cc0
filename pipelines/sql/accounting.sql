-- grain: one row
-- key: none
with ledger as (
    select
        (select coalesce(sum(deliveries), 0)::bigint from ops.segments where kind = 'events' and status = 'loaded')
            as delivered,
        (select count(*)::bigint from core.event_store) as events,
        (select count(*)::bigint from ops.duplicates) as duplicates,
        (select count(*)::bigint from ops.conflicts) as conflicts
)

select
    ledger.*,
    abs(delivered - events - duplicates - conflicts)::bigint as wrong
from ledger
