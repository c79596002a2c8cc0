-- One row per new event of one process. Each body is parsed once, for all places at once; of several places the first
-- that holds something wins. A text, number or time that is not surely right becomes NULL, never a guess.
insert into core.process_events
with
names as (
    -- the stage is the verb at the end of the name; an event of this namespace without a known verb keeps stage NULL
    select named.event_name, stages.stage
    from (select distinct event_name from core.event_store where load_no > $watermark) as named
    left join core.process_stages as stages
        on stages.process = $process
        and stages.namespace = split_part(named.event_name, '.', 1)
        and stages.verb = lower(regexp_extract(named.event_name, '[A-Z]?[a-z]+$'))
    where contains(named.event_name, '.')
        and split_part(named.event_name, '.', 1) in (
            select namespace from core.process_stages where process = $process
        )
),
told as (
    select
        events.event_id, events.event_name, events.company_id, events.occurred_at, events.received_at,
        events.load_no, names.stage, events.data, hash(events.event_name, events.company_id, events.data) as echo_key,
        json_extract_string(events.data, $pointers::varchar[]) as found
    from core.event_store as events
    join names using (event_name)
    where events.load_no > $watermark
),
chosen as (
    select
        * exclude (found),
        first_of(found, $entity_id) as entity_text,
        first_of(found, $amount) as amount_text,
        first_of(found, $currency) as currency,
        first_of(found, $category) as category,
        first_of(found, $engagement_id) as engagement_id,
        first_of(found, $country) as country,
        first_of(found, $approver) as approver,
        first_of(found, $submitted_at) as submitted_text,
        first_of(found, $reviewed_at) as reviewed_text
    from told
),
typed as (
    select
        *,
        case
            -- an id is a text or a number: anything else is passed over for the next place
            when entity_text[1] not in ('{', '[') and entity_text not in ('', 'true', 'false') then entity_text
            when entity_text is not null then list_any_value(list_transform(
                json_extract(data, $entity_pointers::varchar[]),
                lambda place: case
                    when starts_with(place::varchar, '"') then nullif(json_extract_string(place, '$'), '')
                    when regexp_matches(place::varchar, '^[-0-9]') then place::varchar
                end
            ))
        end as entity_id,
        case
            -- at most 9 decimals, so that nothing is rounded; a long number without quotes has lost digits: unknown
            when not regexp_full_match(amount_text, '-?[0-9]{1,29}([.][0-9]{1,9}0*)?') then null
            when length(amount_text) < 16 or contains(data, '"' || amount_text || '"')
                then try_cast(amount_text as decimal(38, 9))
        end as amount,
        case when submitted_text[1] between '0' and '9' then try_cast(submitted_text as timestamptz) end as submitted_at,
        case when reviewed_text[1] between '0' and '9' then try_cast(reviewed_text as timestamptz) end as reviewed_at
    from chosen
)
select
    $process, event_id, event_name, company_id, entity_id, stage, occurred_at, received_at,
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
from typed;
