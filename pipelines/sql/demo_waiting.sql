-- grain: the one expense that had waited for a decision for at least a month when its company was published first
-- key: company_id, expense_id
with published as (
    select min(published_at) as known_at
    from ops.publications
    where load_no >= (
        select min(load_no) from core.process_events where list_contains($companies::varchar[], company_id)
    )
),

known as (
    select *
    from analytics.expenses_as_of('infinity'::timestamptz, known_at := (select known_at from published))
    where list_contains($companies::varchar[], company_id)
)

select
    known.company_id,
    known.expense_id,
    known.last_submitted_at,
    published.known_at
from known
cross join published
where
    known.stage = 'submitted'
    and known.amount is not null
    and known.last_submitted_at <= (select max(last_event_at) from known) - interval 35 day
order by known.last_submitted_at desc, known.expense_id
limit 1
