-- grain: one row per company and expense of whose receipt an event tells the amount, as the latest such event says
-- key: company_id, expense_id
--
-- An amount that is not surely right (more than nine decimals, a number too long to be read exactly) is unknown. The
-- currency is the one beside the amount.
with
told as (
    select
        steps.company_id, steps.entity_id, steps.occurred_at, steps.event_id, stored.data,
        json_extract_string(stored.data, [
            '/receiptAmount/decimal', '/expense/receiptAmount/decimal',
            '/receiptAmount/currencyCode', '/expense/receiptAmount/currencyCode'
        ]) as found
    from core.event_store as stored
    join core.process_events as steps using (event_id)
    where contains(stored.data, 'receiptAmount') and steps.process = 'expense'
        and steps.entity_id is not null and not steps.is_echo
),
typed as (
    select
        company_id, entity_id, event_id, occurred_at, case when found[1] is not null then found[3] else found[4] end as currency,
        case
            when not regexp_full_match(coalesce(found[1], found[2]), '-?[0-9]{1,29}([.][0-9]{1,9}0*)?') then null
            when length(coalesce(found[1], found[2])) < 16 or contains(data, '"' || coalesce(found[1], found[2]) || '"')
                then try_cast(coalesce(found[1], found[2]) as decimal(38, 9))
        end as amount
    from told
)
select
    company_id, entity_id as expense_id,
    arg_max(amount, {'at': occurred_at, 'id': event_id}) as receipt_amount,
    arg_max_null(currency, {'at': occurred_at, 'id': event_id}) as receipt_currency
from typed
where amount is not null
group by company_id, entity_id
