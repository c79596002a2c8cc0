-- the events that were cut one by one, and the winners of contested ids that are not there yet
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
from (
    select event_id, event_name, company_id, received_at, segment, data, body_hash
    from cut_one_by_one anti join repeated using (event_id)
    union all
    select event_id, event_name, company_id, received_at, segment, data, body_hash
    from judged
    where place = 1 and known_as <> 'event'
)
