-- grain: one row per day and measure that can be summed, and publication that moved it
-- key: process, company_id, day, measure, currency, seen_in
with
pieces as (
    select
        process, company_id, day, process || ' ' || stage as measure, null as currency, seen_in, because_of,
        ((after is not null)::integer - (before is not null)::integer)::decimal(38, 9) as change
    from core.late_facts
    where before is null or after is null
    union all
    select
        process, company_id, day, process || ' amount ' || stage as measure, currency, seen_in, because_of,
        amount as change
    from (
        select *, unnest([before.currency, after.currency]) as currency, unnest([-before.amount, after.amount]) as amount
        from core.late_facts
        where (before.amount, before.currency) is distinct from (after.amount, after.currency)
    )
    where amount is not null
),
changes as (
    select
        process, company_id, day, measure, currency, seen_in, sum(change) as change,
        list_sort(list_distinct(flatten(list(because_of)))) as because_of
    from pieces
    group by process, company_id, day, measure, currency, seen_in
    having sum(change) <> 0
)
select
    process, company_id, day, measure, currency, seen_in, change, because_of,
    coalesce(sum(change) over (
        partition by process, company_id, day, measure, currency
        order by seen_in desc rows between unbounded preceding and 1 preceding
    ), 0) as changed_after
from changes
