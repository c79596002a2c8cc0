-- grain: one row per company and approver, who decided last first place in decisions or in time
-- key: company_id, approver
--
-- Busiest: the 10 with most decisions. Slowest: the 10 with the longest median among those with at least 5 decisions.
-- The approver is an id, or the code that stands for a name.
with
decided as (
    select
        left(company_id, 64) as company_id, approver, count(*) as decisions,
        count(*) filter (next_stage = 'declined') as declined,
        median(seconds) as median_seconds, quantile_cont(seconds, 0.9) as p90_seconds
    from report_stages
    where stage in ('created', 'submitted') and next_stage in ('approved', 'declined') and approver is not null
    group by all
),
placed as (
    select
        *,
        row_number() over (order by decisions desc, company_id, approver) as busiest,
        case when decisions >= 5 then
            row_number() over (partition by decisions >= 5 order by median_seconds desc, company_id, approver)
        end as slowest
    from decided
)
select company_id, approver, decisions, declined, median_seconds, p90_seconds, busiest <= 10 as is_busiest,
    coalesce(slowest <= 10, false) as is_slowest, busiest, slowest
from placed
where busiest <= 10 or slowest <= 10
order by busiest
