-- grain: one row per stage
-- key: stage
with stood as (
    select
        'first' as moment,
        stage
    from analytics.expenses_as_of($first::timestamptz)
    union all
    select
        'second' as moment,
        stage
    from analytics.expenses_as_of($second::timestamptz)
    union all
    select
        'known_then' as moment,
        stage
    from analytics.expenses_as_of($second::timestamptz, known_at := $known_at::timestamptz)
)

select
    stage,
    count(*) filter (where moment = 'first')::bigint as first,
    count(*) filter (where moment = 'second')::bigint as second,
    count(*) filter (where moment = 'known_then')::bigint as known_then
from stood
where stage != 'unknown'
group by stage
order by list_position(['created', 'submitted', 'approved', 'declined', 'reimbursed', 'deleted'], stage)
