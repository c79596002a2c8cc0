-- grain: one row per decline of an entity, and what became of it
-- key: process, company_id, entity_id, entry
--
-- The loop closes with the next submission after the decline, and is decided by the next decision after that.
with
declines as (
    select * from analytics.stage_log where stage = 'declined'
),
returns as (
    select
        declines.process, declines.company_id, declines.entity_id, declines.entry,
        min(later.entered_at) filter (later.stage = 'submitted') as resubmitted_at,
        arg_min(later.entry, later.entry) filter (later.stage = 'submitted') as resubmitted_entry
    from declines
    left join analytics.stage_log as later
        on later.process = declines.process and later.company_id = declines.company_id
        and later.entity_id = declines.entity_id and later.entry > declines.entry
    group by declines.process, declines.company_id, declines.entity_id, declines.entry
),
verdicts as (
    select
        returns.process, returns.company_id, returns.entity_id, returns.entry,
        arg_min(later.stage, later.entry) as decision, min(later.entered_at) as decided_at
    from returns
    join analytics.stage_log as later
        on later.process = returns.process and later.company_id = returns.company_id
        and later.entity_id = returns.entity_id and later.entry > returns.resubmitted_entry
        and later.stage in ('approved', 'declined')
    group by returns.process, returns.company_id, returns.entity_id, returns.entry
)
select
    declines.process, declines.company_id, declines.entity_id, declines.entry, declines.visit as loop,
    declines.entered_at as declined_at, returns.resubmitted_at,
    (epoch_us(returns.resubmitted_at) - epoch_us(declines.entered_at)) / 1e6 as seconds_to_resubmission,
    verdicts.decision, verdicts.decided_at, declines.category, declines.country, declines.engagement_id
from declines
join returns using (process, company_id, entity_id, entry)
left join verdicts using (process, company_id, entity_id, entry)
