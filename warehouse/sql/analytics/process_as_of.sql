-- grain: one row per process, company and entity, by the events that had occurred by ts (and been received by known_at)
-- key: process, company_id, entity_id
-- macro: (ts, known_at := null)
select
    process, company_id, entity_id, stage, decision, created_at, submitted_at, last_submitted_at, decided_at,
    reimbursed_at, deleted_at, submissions, declines, seconds_to_decision, seconds_to_reimbursement,
    amount, currency, category, engagement_id, events, first_event_id, last_event_id,
    country, approver, last_event_at
from core.process_states(ts, known_at := known_at)
