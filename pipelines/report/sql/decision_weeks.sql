-- grain: one row per week (its Monday, UTC) up to the newest one with a decision, 53 at most, without holes
-- key: week
with
decided as (
    select date_trunc('week', make_timestamp(epoch_us(decided_at)))::date as week, seconds_to_decision
    from report_expenses
    where seconds_to_decision is not null and decided_at <= now()
),
weeks as (
    select unnest(generate_series(
        greatest(min(week), max(week) - interval 52 weeks), max(week)::timestamp, interval 1 week
    ))::date as week
    from decided
)
select
    weeks.week, count(decided.week) as decisions,
    median(decided.seconds_to_decision) as median_seconds,
    quantile_cont(decided.seconds_to_decision, 0.9) as p90_seconds
from weeks
left join decided using (week)
group by weeks.week
order by weeks.week
