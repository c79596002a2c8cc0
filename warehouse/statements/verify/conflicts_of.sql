-- the conflicts that deliveries of a chunk became
select distinct
    conflicts.event_id,
    conflicts.event_name,
    conflicts.company_id,
    conflicts.data::varchar,
    conflicts.segment,
    chunk.body
from ops.conflicts as conflicts
join chunk
    on chunk.id = conflicts.event_id
    and chunk.received_at = epoch_us(conflicts.received_at)
    and chunk.body_hash = conflicts.body_hash
join stands_for on stands_for.segment = chunk.segment and stands_for.replaced = conflicts.segment
order by all
