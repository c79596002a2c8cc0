-- grain: one row per company and expense: where it stands and when it got there, with the people and what they wrote
-- key: company_id, expense_id
select
    states.company_id, states.expense_id, states.stage, states.decision, states.created_at, states.submitted_at,
    states.last_submitted_at, states.decided_at, states.reimbursed_at, states.deleted_at, states.submissions, states.declines,
    states.seconds_to_decision, states.seconds_to_reimbursement, states.amount, states.currency, states.category,
    states.engagement_id, states.events, states.first_event_id, states.last_event_id, states.country, states.approver,
    states.last_event_at, people.name as person_name, people.email as person_email, approvers.name as approver_name,
    details.expense_name, details.description, details.receipt_url, details.decline_reason
from analytics.expenses_as_of('infinity'::timestamptz) as states
left join core.people as people
    on people.company_id = states.company_id and people.engagement_id = states.engagement_id
left join core.approvers as approvers
    on approvers.company_id = states.company_id and approvers.approver = states.approver
left join core.expense_details as details
    on details.company_id = states.company_id and details.expense_id = states.expense_id
