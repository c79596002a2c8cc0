-- grain: one row
-- key: none
with shown as (
    select currency, row_number() over (order by sum(expenses) desc, currency) as place
    from report_spend
    where currency is not null and claimed is not null
    group by currency
)
select
    coalesce(sum(expenses) filter (shown.place is null), 0)::bigint as without_amount,
    count(distinct currency) filter (shown.place > 8) as more_currencies,
    coalesce(sum(left_out), 0)::bigint as mistaken
from report_spend
left join shown using (currency)
