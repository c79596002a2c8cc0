-- grain: one row per process, company and entity: where it stands and when it got there, by all events known
-- key: process, company_id, entity_id
select
    process, company_id, entity_id, stage, decision, created_at, submitted_at, last_submitted_at, decided_at,
    reimbursed_at, deleted_at, submissions, declines, seconds_to_decision, seconds_to_reimbursement,
    amount, currency, category, engagement_id, events, first_event_id, last_event_id,
    country, approver, last_event_at
from analytics.process_as_of('infinity'::timestamptz)
