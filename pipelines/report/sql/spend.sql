-- grain: one row per currency (of the 8 with most expenses), month (13 at most) and category (the 6 with most expenses, and the others)
-- key: currency, month, category, is_other
with
currencies as (
    select currency, sum(expenses) as expenses
    from report_spend
    where currency is not null and claimed is not null
    group by currency
    order by expenses desc, currency
    limit 8
),
recent as (
    select spend.*, currencies.expenses as expenses_of_currency
    from report_spend as spend
    join currencies using (currency)
    where spend.month <= now()
    qualify spend.month > max(spend.month) over (partition by currency) - interval 13 months
),
ranked as (
    select category, row_number() over (order by sum(expenses) desc, category) as place
    from recent
    group by category
),
named as (
    select
        recent.*, ranked.place > 6 as is_other, least(ranked.place, 7) as place,
        case when ranked.place <= 6 then left(recent.category, 60) end as label
    from recent
    join ranked on ranked.category is not distinct from recent.category
)
select
    left(currency, 8) as currency, month, label as category, is_other, place,
    sum(expenses)::bigint as expenses, sum(claimed) as claimed, sum(approved) as approved, sum(reimbursed) as reimbursed
from named
group by expenses_of_currency, currency, month, place, label, is_other
order by expenses_of_currency desc, currency, month, place
