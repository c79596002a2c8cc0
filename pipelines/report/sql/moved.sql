-- grain: one row per published number of expenses that late events have moved, the 10 moved last
-- key: company_id, day, measure, currency, corrected_at
select
    day, left(company_id, 64) as company_id, measure, left(currency, 8) as currency, before, after,
    len(because_of) as events, corrected_at, count(*) over () as moved
from analytics.late_corrections
where process = 'expense'
order by corrected_at desc, day desc, company_id, measure, currency
limit 10
