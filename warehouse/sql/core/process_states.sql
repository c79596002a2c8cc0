-- grain: one row per process, company and entity: what its events up to ts tell, as far as they were received by known_at
-- key: process, company_id, entity_id
-- macro: (ts, known_at := null)
--
-- The one definition of a state; every timeline and every as-of view selects from it.
-- Readings of the rules: `updated` is a known stage, so it revives what was deleted, and changes nothing else. An event of
-- unknown stage counts in `events`, may be the first or last event and may tell an amount, a category or an engagement,
-- but no stage, time or number of steps. The last deletion is deleted_at, also when other events follow it. A creation
-- stands for a missing submission before a field does; a field never adds to submissions and never makes a decision, and
-- reviewedAt is passed over where a submission came after it. A stage that only some process has (a parcel is shipped) is
-- where its entity stands until an event of another stage follows. The currency is that of the amount, and the approver
-- that of the last decision, also where these are not told. Where no event of the entity tells a country, it is that of its
-- engagement.
with
steps as (
    select *, case when stage not in ('created', 'submitted', 'updated', 'approved', 'declined', 'reimbursed', 'deleted')
        then stage end as own
    from core.process_steps(ts, known_at := known_at)
),
sums as (
    select
        process, company_id, entity_id,
        max(step) filter (stage is not null) as last_known_step,
        max(step) filter (stage <> 'updated') as last_moving_step,
        max(step) filter (stage = 'deleted') as deleted_step,
        max(step) filter (own is not null) as own_step, arg_max(own, step) as own_stage,
        max(step) filter (stage = 'submitted') as submitted_step,
        max(step) filter (stage in ('approved', 'declined')) as decided_step,
        arg_max(stage, step) filter (stage in ('approved', 'declined')) as last_decision,
        arg_max(occurred_at, step) filter (stage in ('approved', 'declined')) as last_decision_at,
        min(occurred_at) filter (stage = 'created') as created_at,
        min(occurred_at) filter (stage = 'submitted') as first_submission_at,
        max(occurred_at) filter (stage = 'submitted') as last_submission_at,
        min(occurred_at) filter (stage = 'reimbursed') as reimbursed_at,
        max(occurred_at) filter (stage = 'deleted') as deleted_at,
        count(*) filter (stage = 'submitted') as submission_events, count(*) filter (stage = 'declined') as declines,
        min(told_submitted_at) as first_told_submission_at, max(told_submitted_at) as last_told_submission_at,
        max(told_reviewed_at) as told_review_at,
        arg_max(amount, step) as amount, arg_max_null(currency, step) filter (amount is not null) as currency,
        arg_max(category, step) as category, arg_max(engagement_id, step) as engagement_id,
        count(*) as events, arg_min(event_id, step) as first_event_id, arg_max(event_id, step) as last_event_id,
        arg_max(country, step) as country,
        arg_max_null(approver, step) filter (stage in ('approved', 'declined')) as approver,
        max(occurred_at) as last_event_at
    from steps
    group by process, company_id, entity_id
),
judged as (
    select
        *, coalesce(submitted_step > decided_step, false) as is_reopened,
        case
            when decided_step is null and told_review_at >= coalesce(last_submission_at, told_review_at)
                then told_review_at
        end as told_decision_at
    from sums
),
dated as (
    select
        *, case when not is_reopened then last_decision end as decision,
        coalesce(first_submission_at, created_at, first_told_submission_at) as submitted_at,
        coalesce(last_submission_at, created_at, last_told_submission_at) as last_submitted_at,
        case when not is_reopened then coalesce(last_decision_at, told_decision_at) end as decided_at
    from judged
)
select
    process, dated.company_id, entity_id,
    case
        when own_step = last_moving_step then own_stage
        when deleted_step = last_known_step then 'deleted'
        when reimbursed_at is not null then 'reimbursed'
        when decision is not null then decision
        when submitted_step is not null then 'submitted'
        when created_at is not null then 'created'
        else 'unknown'
    end as stage,
    decision, created_at, submitted_at, last_submitted_at, decided_at, reimbursed_at, deleted_at,
    case when submission_events > 0 then submission_events else (created_at is not null)::bigint end as submissions,
    declines,
    (epoch_us(decided_at) - epoch_us(submitted_at)) / 1e6 as seconds_to_decision,
    (epoch_us(reimbursed_at) - epoch_us(submitted_at)) / 1e6 as seconds_to_reimbursement,
    amount, currency, category, dated.engagement_id, events, first_event_id, last_event_id,
    coalesce(dated.country, countries.country) as country, approver, last_event_at
from dated
left join core.engagement_countries(ts, known_at := known_at) as countries
    on countries.company_id = dated.company_id and countries.engagement_id = dated.engagement_id
