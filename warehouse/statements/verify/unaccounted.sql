-- deliveries of a chunk that are neither event, nor duplicate, nor conflict: none of these has their time and body
with events as materialized (
    select segment, event_id, received_at, body_hash
    from core.event_store semi join chunk on chunk.id = event_id
),

known as (
    from events
    union all
    select duplicates.segment, event_id, duplicates.received_at, events.body_hash
    from ops.duplicates as duplicates
    join events using (event_id)
    union all
    select segment, event_id, received_at, body_hash
    from ops.conflicts semi join chunk on chunk.id = event_id
),

named as (
    select stands_for.segment, known.event_id, epoch_us(known.received_at) as received_at, known.body_hash
    from known
    join stands_for on stands_for.replaced = known.segment
)

select chunk.segment, chunk.id
from chunk
anti join named
    on named.event_id = chunk.id
    and named.segment = chunk.segment
    and named.received_at = chunk.received_at
    and named.body_hash = chunk.body_hash
order by all
