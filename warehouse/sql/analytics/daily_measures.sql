-- grain: one row per process, company, day (UTC), measure and currency: the numbers of each day
-- key: process, company_id, day, measure, currency
--
-- The events of each stage are counted, and the amounts they stand for summed in each currency. Decisions have the mean
-- and the median of the seconds since the first submission. What occurs later changes no day that has passed. An amount
-- of a quintillion or more is a mistake that would break the sum: its event is counted, and stands in no sum.
with
decisions as (
    select
        process, company_id, day,
        sum(microseconds) / count(microseconds) / 1e6 as mean, median(microseconds) / 1e6 as median
    from core.stage_facts
    where microseconds is not null
    group by process, company_id, day
)
select
    process, company_id, day, process || ' ' || stage as measure, null as currency, count(*)::decimal(38, 9) as value
from core.stage_facts
group by process, company_id, day, stage
union all
select process, company_id, day, process || ' amount ' || stage as measure, currency, sum(amount) as value
from core.stage_facts
where amount is not null
group by process, company_id, day, stage, currency
union all
select
    process, company_id, day, process || ' ' || unnest(['mean', 'median']) || ' seconds to decision' as measure,
    null as currency, unnest([mean, median])::decimal(38, 9) as value
from decisions
