-- the winners of contested ids that were no events, and not in this batch: segments have been renamed since
insert into core.event_store
select
    judged.event_id,
    judged.event_name,
    judged.company_id,
    coalesce(judged.clock, judged.received_at) as occurred_at,
    judged.received_at,
    judged.segment,
    coalesce(judged.data, recalled.data) as data,
    judged.body_hash,
    $load_no
from judged left join recalled using (event_id)
where judged.place = 1 and judged.known_as in ('duplicate', 'conflict')
