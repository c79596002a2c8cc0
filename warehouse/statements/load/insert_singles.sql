-- the events delivered once, those of one event_name beside each other, so that its table reads no others
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
from cut anti join repeated using (event_id)
where is_cut
order by event_name, received_at
