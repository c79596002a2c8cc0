-- grain: one row per process, stage, dimension and value: how long entities stay in the stage, in seconds
-- key: process, stage, dimension, value
--
-- dimension is all, category, country, approver or company; value is NULL for all, and where nothing tells it. The mean
-- is that of whole microseconds: a sum of fractions would depend on the order of its rows.
with
spells as (
    select process, stage, company_id, category, country, approver, seconds
    from analytics.stage_log
    where seconds is not null
),
faceted as (
    select process, stage, unnest(['all', 'category', 'country', 'approver', 'company']) as dimension,
        unnest([null, category, country, approver, company_id]) as value, seconds
    from spells
)
select
    process, stage, dimension, value, count(*) as spells, avg(round(seconds * 1e6)::bigint) / 1e6 as mean,
    quantile_cont(seconds, 0.10) as p10, quantile_cont(seconds, 0.25) as p25, quantile_cont(seconds, 0.50) as median,
    quantile_cont(seconds, 0.75) as p75, quantile_cont(seconds, 0.90) as p90, quantile_cont(seconds, 0.99) as p99
from faceted
group by process, stage, dimension, value
