-- conflicts that name another winner than the event, or came before it
select 'names another winner than the event that is there', conflicts.segment, event_id, 'ops.conflicts' as table_name
from ops.conflicts as conflicts
join core.event_store as stored using (event_id)
where conflicts.winner_received_at <> stored.received_at
    or conflicts.winner_segment <> stored.segment
    or conflicts.received_at < stored.received_at
order by event_id
limit $shown
