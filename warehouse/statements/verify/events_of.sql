-- the events that the deliveries of a chunk became
with matched as (
    select
        stored.event_id,
        stored.event_name,
        stored.company_id,
        epoch_us(stored.occurred_at) as occurred_at,
        epoch_us(stored.received_at) as received_at,
        stored.data::varchar as data,
        stored.segment,
        chunk.segment as held_by,
        chunk.body,
        chunk.body_hash = stored.body_hash as hash_holds
    from core.event_store as stored
    join chunk on chunk.id = stored.event_id and chunk.received_at = epoch_us(stored.received_at)
    semi join sample on sample.event_id = stored.event_id
)

select matched.* exclude (held_by)
from matched
join stands_for on stands_for.segment = matched.held_by and stands_for.replaced = matched.segment
qualify row_number() over (partition by event_id order by hash_holds desc) = 1
