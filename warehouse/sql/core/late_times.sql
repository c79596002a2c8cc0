-- grain: one row per day whose time to decision moved, and publication that moved it
-- key: process, company_id, day, seen_in
--
-- The decisions of the day as that publication and the one before it knew them: each has its time since one publication
-- and until another; those that no late event moved have theirs always.
with
moved as (
    select
        *, lead(seen_in) over decision as moved_again_in, lag(seen_in) over decision is null as is_first
    from core.late_facts
    where before.microseconds is distinct from after.microseconds
    window decision as (partition by event_id order by seen_in)
),
known as (
    select process, company_id, day, 0 as since, null::bigint as until, microseconds
    from core.stage_facts
    anti join moved using (event_id)
    where microseconds is not null
    union all
    select process, company_id, day, 0 as since, seen_in as until, before.microseconds as microseconds
    from moved
    where is_first
    union all
    select process, company_id, day, seen_in as since, moved_again_in as until, after.microseconds as microseconds
    from moved
),
moments as (
    select process, company_id, day, seen_in, list_sort(list_distinct(flatten(list(because_of)))) as because_of
    from moved
    group by process, company_id, day, seen_in
),
placed as (
    select
        moments.*, known.microseconds,
        known.since < moments.seen_in and (known.until is null or known.until >= moments.seen_in) as is_before,
        known.since <= moments.seen_in and (known.until is null or known.until > moments.seen_in) as is_after
    from moments
    join known using (process, company_id, day)
)
select
    process, company_id, day, seen_in, any_value(because_of) as because_of,
    sum(microseconds) filter (is_before) / count(microseconds) filter (is_before) / 1e6 as mean_before,
    sum(microseconds) filter (is_after) / count(microseconds) filter (is_after) / 1e6 as mean_after,
    median(microseconds) filter (is_before) / 1e6 as median_before,
    median(microseconds) filter (is_after) / 1e6 as median_after
from placed
group by process, company_id, day, seen_in
