-- grain: one row per expense of whose receipt some event tells the amount: the receipt beside what was claimed and paid
-- key: company_id, expense_id
--
-- difference compares within one currency, never across. Where the receipt is in another one and core.rates has a rate
-- by the day of the first submission, the receipt is converted to the claim's currency and rounded to hundredths. An
-- amount too large to be true is compared with nothing.
with
claims as (
    select
        timeline.company_id, timeline.expense_id, timeline.stage, timeline.submitted_at, timeline.category,
        timeline.country, timeline.engagement_id, timeline.amount, timeline.currency,
        case when timeline.reimbursed_at is not null then timeline.amount end as reimbursed,
        receipts.receipt_amount, receipts.receipt_currency,
        coalesce(abs(timeline.amount) < 1e15 and abs(receipts.receipt_amount) < 1e15, false) as fits,
        make_timestamp(epoch_us(coalesce(timeline.submitted_at, timeline.last_event_at)))::date as day
    from core.expense_receipts as receipts
    join analytics.expense_approval_timeline as timeline using (company_id, expense_id)
),
rates as (
    select currency as receipt_currency, base as currency, day, rate from core.rates
),
priced as (
    select claims.*, rates.rate
    from claims
    asof left join rates
        on rates.receipt_currency = claims.receipt_currency and rates.currency = claims.currency and rates.day <= claims.day
),
converted as (
    -- the whole units and the rest, each with all its digits: a product of both would not fit
    select
        *, case when fits then round(
            trunc(receipt_amount)::decimal(20, 4) * rate
            + trunc((receipt_amount - trunc(receipt_amount))::decimal(10, 9) * rate, 13), 2
        ) end as worth
    from priced
)
select
    company_id, expense_id, stage, submitted_at, category, country, engagement_id, amount, currency, reimbursed,
    receipt_amount, receipt_currency,
    case when fits and receipt_currency = currency then (amount - receipt_amount)::decimal(38, 9) end as difference,
    case
        when fits and receipt_currency <> currency then worth::decimal(38, 2)
    end as receipt_converted,
    case
        when fits and receipt_currency <> currency
            then (round(amount, 2) - worth)::decimal(38, 2)
    end as difference_converted
from converted
