-- grain: one row
-- key: none
--
-- What analytics.rework_loops says of all expenses, in one pass over the stages that are at hand here: a decline is
-- answered by the next submission, and that by the next decision.
with
ahead as (
    select
        company_id, entity_id, entry, stage, entered_at,
        min(entry) filter (stage = 'submitted') over later as next_submitted,
        min(entry) filter (stage in ('approved', 'declined')) over later as next_decided
    from report_stages
    window later as (partition by company_id, entity_id order by entry rows between 1 following and unbounded following)
),
loops as (
    select
        declines.entered_at as declined_at, answers.entered_at as resubmitted_at, verdicts.stage as decision
    from ahead as declines
    left join ahead as answers
        on answers.company_id = declines.company_id and answers.entity_id = declines.entity_id
        and answers.entry = declines.next_submitted
    left join ahead as verdicts
        on verdicts.company_id = answers.company_id and verdicts.entity_id = answers.entity_id
        and verdicts.entry = answers.next_decided
    where declines.stage = 'declined'
)
select
    count(*) as declines,
    count(resubmitted_at) as submitted_again,
    count(*) filter (decision = 'approved') as then_approved,
    count(*) filter (decision = 'declined') as then_declined,
    count(resubmitted_at) filter (decision is null) as undecided,
    median((epoch_us(resubmitted_at) - epoch_us(declined_at)) / 1e6) as median_seconds
from loops
