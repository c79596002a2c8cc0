-- grain: one row per company and request for time off: what it is for, as the latest event that tells each says
-- key: company_id, request_id
with
told as (
    select
        steps.company_id, steps.entity_id, {'at': steps.occurred_at, 'id': steps.event_id} as moment,
        case
            when json_exists(stored.data, '/timeOffRequest') then json_extract(stored.data, '/timeOffRequest')
            when json_exists(stored.data, '/time_off_request') then json_extract(stored.data, '/time_off_request')
            else stored.data
        end as request
    from core.process_events as steps
    join core.event_store as stored using (event_id)
    where steps.process = 'time_off' and steps.entity_id is not null
)
select
    company_id, entity_id as request_id,
    arg_max(request ->> '/type', moment) as type, arg_max(request ->> '/reason', moment) as reason,
    arg_max(request ->> '/startDate', moment) as start_date, arg_max(request ->> '/endDate', moment) as end_date,
    arg_max(request ->> '/requesterComments', moment) as requester_comments,
    arg_max(request ->> '/rejectionReason', moment) as rejection_reason
from told
group by company_id, entity_id
