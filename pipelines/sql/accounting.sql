-- grain: one row
-- key: none
with ledger as (
    select
        coalesce(sum(rows), 0)::bigint as delivered,
        coalesce(sum(events), 0)::bigint as events,
        coalesce(sum(duplicates), 0)::bigint as duplicates,
        coalesce(sum(conflicts), 0)::bigint as conflicts
    from ops.segments
    where kind = 'events'
),

stored as (select count(*)::bigint as stored from core.event_store)

select
    ledger.*,
    stored.stored,
    (abs(delivered - events - duplicates - conflicts) + abs(events - stored))::bigint as wrong
from ledger, stored
