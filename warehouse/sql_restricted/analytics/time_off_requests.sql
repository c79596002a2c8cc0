-- grain: one row per company and request for time off: whose it is, what it is for, and where it stands
-- key: company_id, request_id
select
    details.company_id, details.request_id, states.stage, states.decision, states.submitted_at, states.decided_at,
    details.type, details.reason, details.start_date, details.end_date, details.requester_comments,
    details.rejection_reason, states.engagement_id, people.name as person_name, people.email as person_email
from core.time_off_details as details
join analytics.process_timeline as states
    on states.process = 'time_off' and states.company_id = details.company_id and states.entity_id = details.request_id
left join core.people as people
    on people.company_id = states.company_id and people.engagement_id = states.engagement_id
