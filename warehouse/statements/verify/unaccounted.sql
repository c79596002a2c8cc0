-- deliveries of a chunk that are neither event, nor duplicate, nor conflict with its data
with known as (
    select segment, event_id, received_at, null as data from core.event_store semi join chunk on chunk.id = event_id
    union all
    select segment, event_id, received_at, null from ops.duplicates semi join chunk on chunk.id = event_id
    union all
    select segment, event_id, received_at, data::varchar from ops.conflicts semi join chunk on chunk.id = event_id
),

named as (
    select stands_for.segment, known.event_id, epoch_us(known.received_at) as received_at, known.data
    from known
    join stands_for on stands_for.replaced = known.segment
)

select chunk.segment, chunk.id
from chunk
anti join named
    on named.event_id = chunk.id
    and named.segment = chunk.segment
    and named.received_at = chunk.received_at
    and (named.data is null or contains(chunk.body, named.data))
order by all
