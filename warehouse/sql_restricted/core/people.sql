-- grain: one row per company and engagement that some event names a person of, as the latest such event says
-- key: company_id, engagement_id
with
told as (
    select
        steps.company_id, steps.engagement_id, steps.occurred_at, steps.event_id,
        json_extract_string(stored.data, [
            '/engagement/name', '/expense/engagement/name', '/timeOffRequest/engagement/name',
            '/time_off_request/engagement/name', '/personalDetails/name', '/engagement/personalDetails/name',
            '/contract/name', '/engagement/contract/name'
        ]) as names,
        json_extract_string(stored.data, ['/employment/fullLegalName', '/engagement/employment/fullLegalName']) as legal_names,
        json_extract_string(stored.data, [
            '/employment/email', '/engagement/employment/email', '/contract/email', '/engagement/contract/email'
        ]) as emails
    from core.process_events as steps
    join core.event_store as stored using (event_id)
    where steps.engagement_id is not null
)
select
    company_id, engagement_id,
    arg_max(list_any_value(names), {'at': occurred_at, 'id': event_id}) as name,
    arg_max(list_any_value(legal_names), {'at': occurred_at, 'id': event_id}) as legal_name,
    arg_max(list_any_value(emails), {'at': occurred_at, 'id': event_id}) as email
from told
where list_any_value(names) is not null or list_any_value(legal_names) is not null or list_any_value(emails) is not null
group by company_id, engagement_id
