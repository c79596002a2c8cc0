-- The rows of events of one event_name, as their typed rows have told them.
select
    $process, event_id, $event_name, company_id, entity_id, $stage, occurred_at, received_at,
    amount, case when amount is not null then currency end, category, engagement_id, country,
    -- no document says what an approver is: what may be a name or an address becomes a code, the same for the same text
    case
        when regexp_full_match(approver, '[A-Za-z0-9_-]{0,63}[0-9][A-Za-z0-9_-]{0,63}') then approver
        when approver is not null then 'hidden ' || left(sha256(approver), 8)
    end,
    -- a time of another age is a mistake, and would break the arithmetic of those who count from it
    case when submitted_at between '1900-01-01 00:00:00+00' and '2200-01-01 00:00:00+00' then submitted_at end,
    case when reviewed_at between '1900-01-01 00:00:00+00' and '2200-01-01 00:00:00+00' then reviewed_at end,
    false, null, echo_key, load_no
from told
