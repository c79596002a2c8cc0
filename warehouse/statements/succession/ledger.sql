-- the ledger's rows of rewritten segments of which the warehouse knows a part or all under the names of those that they
-- stand for; as late as the last of these. What is not known yet is still to be loaded.
create or replace temp table succeeding as
with held as (
    select segment from core.event_store where $kind = 'events'
    union all
    select segment from ops.duplicates where $kind = 'events'
    union all
    select segment from ops.conflicts where $kind = 'events'
    union all
    select segment from ops.quarantine where $kind = 'quarantine'
),

known as (
    select successions.segment, count(*) as known
    from held
    join successions on successions.replaced = held.segment
    group by successions.segment
),

latest as (
    select successions.segment, max(ledger.load_no) as load_no, max(ledger.loaded_at) as loaded_at
    from successions
    join ops.segments as ledger on ledger.kind = $kind and ledger.segment = successions.replaced
    group by successions.segment
)

select
    successors.segment,
    $kind as kind,
    try_cast(successors.received_date as date) as received_date,
    coalesce(known.known, 0) as deliveries,
    successors.bytes,
    successors.sha256_prefix,
    latest.load_no,
    latest.loaded_at,
    if(coalesce(known.known, 0) = successors."rows", 'loaded', 'damaged') as status,
    if(coalesce(known.known, 0) = successors."rows", null, 'rewritten before all of it was loaded') as detail,
    successors."rows"
from successors
join latest using (segment)
left join known using (segment)
