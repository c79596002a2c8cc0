-- segments of quarantine whose deliveries are not those in ops.quarantine
with kept as (select segment, count(*) as deliveries from ops.quarantine group by segment)

select
    'delivered ' || coalesce(ledger.deliveries, 0) || ', but ' || coalesce(kept.deliveries, 0)
    || ' rows in ops.quarantine' as what,
    coalesce(ledger.segment, kept.segment) as segment
from (select segment, deliveries from ops.segments where kind = 'quarantine' and status = 'loaded') as ledger
full join kept using (segment)
where coalesce(ledger.deliveries, 0) <> coalesce(kept.deliveries, 0)
order by segment
limit $shown
