-- grain: one row per company, month of the first submission (UTC), category, country and currency
-- key: company_id, month, category, country, currency
--
-- Amounts are summed within one currency, never across. An amount of a quintillion or more is a mistake that would break the
-- sum: it is counted in left_out instead. What was deleted is not spent.
with
claims as (
    select
        *, coalesce(abs(amount) < 1e18, false) as fits,
        date_trunc('month', make_timestamp(epoch_us(coalesce(submitted_at, last_event_at))))::date as month
    from analytics.expense_approval_timeline
    where stage <> 'deleted'
)
select
    company_id, month, category, country, currency,
    count(*) as expenses,
    sum(amount) filter (fits) as claimed,
    sum(amount) filter (fits and stage in ('created', 'submitted')) as pending,
    sum(amount) filter (fits and (stage = 'approved' or (stage = 'reimbursed' and decision is distinct from 'declined')))
        as approved,
    sum(amount) filter (fits and stage = 'declined') as declined,
    sum(amount) filter (fits and stage = 'reimbursed') as reimbursed,
    count(amount) filter (not fits) as left_out
from claims
group by company_id, month, category, country, currency
