-- deliveries with another body than the winner's
insert into ops.conflicts
select
    event_id, received_at, segment, event_name, company_id, data, body_hash, winner_received_at, winner_segment
from judged
where place > 1 and body_hash <> winner_hash
