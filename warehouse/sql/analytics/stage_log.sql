-- grain: one row per stage that an entity entered, with how long it stayed
-- key: process, company_id, entity_id, entry
--
-- An event enters a stage when the entity was in another one before: a second approval enters nothing, nor does an update
-- or an event of unknown stage. The last stage has no end yet. Who decided is told by the event that ended the stage.
with
steps as (
    select
        process, company_id, entity_id, event_id, stage, occurred_at, approver,
        lag(stage) over in_order is distinct from stage as enters
    from core.process_events
    where not is_echo and entity_id is not null and stage is not null and stage <> 'updated'
    window in_order as (partition by process, company_id, entity_id order by occurred_at, event_id)
),
entries as (
    select
        * exclude (enters, approver),
        row_number() over in_order as entry,
        lead(occurred_at) over in_order as left_at,
        lead(stage) over in_order as next_stage,
        lead(approver) over in_order as approver
    from steps
    where enters
    window in_order as (partition by process, company_id, entity_id order by occurred_at, event_id)
)
select
    entries.process, entries.company_id, entries.entity_id, entries.entry, entries.stage,
    entries.occurred_at as entered_at, entries.left_at,
    (epoch_us(entries.left_at) - epoch_us(entries.occurred_at)) / 1e6 as seconds,
    entries.next_stage, entries.event_id,
    row_number() over (
        partition by entries.process, entries.company_id, entries.entity_id, entries.stage order by entries.entry
    ) as visit,
    states.category, states.country, states.engagement_id, entries.approver
from entries
join analytics.process_timeline as states using (process, company_id, entity_id)
