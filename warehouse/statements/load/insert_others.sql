-- the winners of contested ids that are not there yet
insert into core.event_store
select
    event_id,
    event_name,
    company_id,
    coalesce(ulid_time(event_id), received_at) as occurred_at,
    received_at,
    segment,
    data,
    body_hash,
    $load_no
from judged
where place = 1 and known_as <> 'event'
