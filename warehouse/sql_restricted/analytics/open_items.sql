-- grain: one row per entity in a stage that does not end its process, with its age, whether it is overdue, and the people
-- key: process, company_id, entity_id
select
    items.process, items.company_id, items.entity_id, items.stage, items.waiting_since, items.age_seconds,
    items.working_days, items.target_working_days, items.due_on, items.is_overdue, items.amount, items.currency,
    items.category, items.country, items.engagement_id, items.approver, items.with_role, items.with_whom,
    people.name as person_name, people.email as person_email,
    case items.with_role when 'claimant' then people.name when 'approver' then approvers.name end as with_name
from analytics.open_items_as_of(now()) as items
left join core.people as people
    on people.company_id = items.company_id and people.engagement_id = items.engagement_id
left join core.approvers as approvers
    on approvers.company_id = items.company_id and approvers.approver = items.with_whom
