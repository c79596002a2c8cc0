-- segments of events whose deliveries are not their events, duplicates and conflicts
with kept as (
    select segment, count(*) as deliveries
    from (
        select segment from core.event_store
        union all
        select segment from ops.duplicates
        union all
        select segment from ops.conflicts
    )
    group by segment
)

select
    'delivered ' || coalesce(ledger.deliveries, 0) || ', but ' || coalesce(kept.deliveries, 0)
    || ' events, duplicates and conflicts' as what,
    coalesce(ledger.segment, kept.segment) as segment
from (select segment, deliveries from ops.segments where kind = 'events' and status = 'loaded') as ledger
full join kept using (segment)
where coalesce(ledger.deliveries, 0) <> coalesce(kept.deliveries, 0)
order by segment
limit $shown
