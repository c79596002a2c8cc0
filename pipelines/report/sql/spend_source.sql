-- grain: one row per month, category and currency, over all companies and countries; kept for the questions that follow
-- key: month, category, currency
create temp table report_spend as
select
    month, category, currency, sum(expenses)::bigint as expenses, sum(claimed) as claimed, sum(approved) as approved,
    sum(reimbursed) as reimbursed, sum(left_out)::bigint as left_out
from analytics.spend_by_month
group by month, category, currency
