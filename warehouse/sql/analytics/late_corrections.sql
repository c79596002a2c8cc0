-- grain: one row per number of analytics.daily_measures that had been published and moved, and publication that moved it
-- key: process, company_id, day, measure, currency, corrected_at
--
-- A day is published by the first publication after its end (UTC). Events of that day that come with a later load are
-- late: because_of names those that moved the number. Where there was no number before, change is NULL.
with
times as (
    select
        process, company_id, day, process || ' ' || unnest(['mean', 'median']) || ' seconds to decision' as measure,
        seen_in, unnest([mean_before, median_before])::decimal(38, 9) as before,
        unnest([mean_after, median_after])::decimal(38, 9) as after, because_of
    from core.late_times
),
sums as (
    select
        changes.process, changes.company_id, changes.day, changes.measure, changes.currency, changes.seen_in,
        (coalesce(days.value, 0) - changes.changed_after - changes.change)::decimal(38, 9) as before,
        (coalesce(days.value, 0) - changes.changed_after)::decimal(38, 9) as after, changes.because_of
    from core.late_sums as changes
    left join analytics.daily_measures as days
        on days.process = changes.process and days.company_id = changes.company_id and days.day = changes.day
        and days.measure = changes.measure and days.currency is not distinct from changes.currency
),
corrected as (
    select process, company_id, day, measure, currency, seen_in, before, after, because_of from sums
    union all
    select process, company_id, day, measure, null as currency, seen_in, before, after, because_of from times
),
publications as (
    select load_no, min(published_at) as corrected_at from ops.publications group by load_no
)
select
    corrected.process, corrected.company_id, corrected.day, corrected.measure, corrected.currency,
    corrected.before, corrected.after, (corrected.after - corrected.before)::decimal(38, 9) as change, corrected.because_of,
    days.published_at, publications.corrected_at
from corrected
join core.published_days as days on days.company_id = corrected.company_id and days.day = corrected.day
left join publications on publications.load_no = corrected.seen_in
where corrected.before is distinct from corrected.after
