-- the events that a batch brings; those of one event_name come beside each other, so that its table reads no others
insert into core.event_store
select
    event_id,
    event_name,
    company_id,
    coalesce(clock, received_at) as occurred_at,
    received_at,
    segment,
    data,
    body_hash,
    $load_no
from incoming anti join (select number from judged where place > 1 and known_as = 'incoming') using (number)
