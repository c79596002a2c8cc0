-- deliveries with another body than the winner's; one that was the event, or its duplicate, has the event's data
insert into ops.conflicts
select
    judged.event_id,
    judged.received_at,
    judged.segment,
    judged.event_name,
    judged.company_id,
    coalesce(judged.data, recalled.data),
    judged.body_hash,
    judged.winner_received_at,
    judged.winner_segment
from judged left join recalled using (event_id)
where judged.place > 1 and judged.body_hash <> judged.winner_hash
