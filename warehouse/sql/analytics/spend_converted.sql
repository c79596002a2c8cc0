-- grain: one row per company, month, category and base currency, for currencies that core.rates has a rate of
-- key: company_id, month, category, base
--
-- Each amount is converted at the latest rate up to the day of its first submission. A base currency has its own amounts
-- as they are. Amounts in a currency without a rate by then are in no row: unconverted tells how many claims that are. Each is rounded to hundredths. An
-- amount of a quadrillion or more is a mistake and is in no row. Where no submission is known, the last event stands for it.
with
claims as (
    select
        company_id, category, amount, currency, stage,
        make_timestamp(epoch_us(coalesce(submitted_at, last_event_at)))::date as day
    from analytics.expense_approval_timeline
    where stage <> 'deleted' and abs(amount) < 1e15
),
bases as (
    select distinct base from core.rates
),
priced as (
    select
        claims.*, bases.base,
        case when claims.currency = bases.base then 1::decimal(18, 9) else (
            select arg_max(rates.rate, rates.day)
            from core.rates as rates
            where rates.currency = claims.currency and rates.base = bases.base and rates.day <= claims.day
        ) end as rate
    from claims
    cross join bases
),
converted as (
    -- the whole units and the rest, each with all its digits: a product of both would not fit
    select
        *, round(
            trunc(amount)::decimal(20, 4) * rate + trunc((amount - trunc(amount))::decimal(10, 9) * rate, 13), 2
        ) as worth
    from priced
)
select
    company_id, date_trunc('month', day)::date as month, category, base,
    count(rate) as expenses,
    sum(worth)::decimal(38, 2) as claimed,
    sum(worth) filter (stage = 'reimbursed')::decimal(38, 2) as reimbursed,
    count(*) - count(rate) as unconverted
from converted
group by company_id, month, category, base
