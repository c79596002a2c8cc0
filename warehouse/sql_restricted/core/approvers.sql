-- grain: one row per company and approver that some event names, with what it says
-- key: company_id, approver
select
    steps.company_id, steps.approver,
    arg_max(
        list_any_value(json_extract_string(stored.data, ['/reviewedBy', '/expense/reviewedBy'])),
        {'at': steps.occurred_at, 'id': steps.event_id}
    ) as name
from core.process_events as steps
join core.event_store as stored using (event_id)
where steps.approver is not null
group by steps.company_id, steps.approver
