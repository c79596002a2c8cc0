-- grain: one row per entity and stage that was reached although no event of a stage that comes before is known
-- key: process, company_id, entity_id, stage
with
firsts as (
    select
        process, company_id, entity_id, stage,
        min(occurred_at) as occurred_at, arg_min(event_id, {'at': occurred_at, 'id': event_id}) as event_id
    from core.process_events
    where not is_echo and entity_id is not null and stage is not null
    group by process, company_id, entity_id, stage
),
expected as (
    select process, stage, list(expected order by expected) as stages
    from core.process_expects
    group by process, stage
)
select
    firsts.process, firsts.company_id, firsts.entity_id, firsts.stage, array_to_string(expected.stages, ' or ') as missing,
    firsts.event_id, firsts.occurred_at
from firsts
join expected on expected.process = firsts.process and expected.stage = firsts.stage
left join firsts as before
    on before.process = firsts.process and before.company_id = firsts.company_id
    and before.entity_id = firsts.entity_id and list_contains(expected.stages, before.stage)
    and before.occurred_at <= firsts.occurred_at
where before.stage is null
