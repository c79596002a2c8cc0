-- grain: one row per entity that was, at ts, in a stage that does not end its process, and whether it was overdue
-- key: process, company_id, entity_id
-- macro: (ts)
--
-- The stage is that of the timeline at ts, as all it tells is; it waits since it entered that stage for the last time.
-- Working days are Monday to Friday by UTC without the days in core.holidays, those of the item's country and those of
-- no country. An item is overdue after the day that is the target's number of working days behind the day it came in.
-- It is with the person it is about while it is created or declined; while it is submitted, with whoever decided on it
-- last, else on another item of that person; where no event tells who, and for payment, with the company.
with
states as materialized (
    select * from analytics.process_as_of(ts)
),
entries as (
    select process, company_id, entity_id, stage, max(entered_at) as entered_at
    from analytics.stage_log
    where entered_at <= ts::timestamptz
    group by process, company_id, entity_id, stage
),
current_stages as (
    select
        states.*, rules.target_working_days, entries.entered_at,
        make_timestamp(epoch_us(entries.entered_at))::date as entered_on
    from states
    join core.process_rules as rules using (process, stage)
    join entries using (process, company_id, entity_id, stage)
    where not rules.ends
),
days_off as (
    select places.country, list(distinct holidays.day) as days
    from (select distinct country from current_stages) as places
    join core.holidays as holidays
        on (holidays.country is null or holidays.country = places.country) and isodow(holidays.day) < 6
    group by places.country
),
dated as (
    select
        current_stages.*,
        make_timestamp(epoch_us(ts::timestamptz))::date as today,
        coalesce(days_off.days, []::date[]) as off
    from current_stages
    left join days_off on days_off.country is not distinct from current_stages.country
),
measured as (
    select
        *,
        -- Mondays to Fridays up to a day, since a Monday long ago: the difference of two days is what lies between
        greatest(
            (today - date '1900-01-01') // 7 * 5 + least((today - date '1900-01-01') % 7 + 1, 5)
            - (entered_on - date '1900-01-01') // 7 * 5 - least((entered_on - date '1900-01-01') % 7 + 1, 5)
            - len(list_filter(off, lambda day: day > entered_on and day <= today)),
            0
        ) as working_days,
        list_filter(
            list_transform(range(1, target_working_days * 2 + 60), lambda days: entered_on + days::integer),
            lambda day: isodow(day) < 6 and not list_contains(off, day)
        )[target_working_days] as due_on
    from dated
),
deciders as (
    select
        process, company_id, states.engagement_id,
        arg_max(steps.approver, {'at': steps.occurred_at, 'id': steps.event_id}) as approver
    from core.process_steps(ts) as steps
    join states using (process, company_id, entity_id)
    where steps.approver is not null and steps.stage in ('approved', 'declined')
    group by process, company_id, states.engagement_id
),
placed as (
    select
        measured.*,
        case
            when measured.stage in ('created', 'declined') then measured.engagement_id
            when measured.stage = 'submitted' then coalesce(measured.approver, deciders.approver)
        end as person
    from measured
    left join deciders using (process, company_id, engagement_id)
)
select
    process, company_id, entity_id, stage, entered_at as waiting_since,
    (epoch_us(ts::timestamptz) - epoch_us(entered_at)) / 1e6 as age_seconds,
    working_days, target_working_days, due_on, coalesce(today > due_on, false) as is_overdue,
    amount, currency, category, country, engagement_id, approver,
    case when person is null then 'company' when stage = 'submitted' then 'approver' else 'claimant' end as with_role,
    coalesce(person, company_id) as with_whom
from placed
