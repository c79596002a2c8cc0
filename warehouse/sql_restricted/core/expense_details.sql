-- grain: one row per company and expense: what people wrote about it, as the latest event that tells each says
-- key: company_id, expense_id
with
told as (
    select
        steps.company_id, steps.entity_id, {'at': steps.occurred_at, 'id': steps.event_id} as moment, stored.data
    from core.process_events as steps
    join core.event_store as stored using (event_id)
    where steps.process = 'expense' and steps.entity_id is not null
)
select
    company_id, entity_id as expense_id,
    arg_max(list_any_value(json_extract_string(data, ['/name', '/expense/name'])), moment) as expense_name,
    arg_max(list_any_value(json_extract_string(data, ['/description', '/expense/description'])), moment) as description,
    arg_max(list_any_value(json_extract_string(data, ['/receiptUrl', '/expense/receiptUrl'])), moment) as receipt_url,
    arg_max(list_any_value(json_extract_string(data, ['/reason', '/expense/reason'])), moment) as decline_reason
from told
group by company_id, entity_id
