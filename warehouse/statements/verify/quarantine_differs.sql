-- quarantined deliveries of a chunk that have no row, and the columns in which their row differs
with kept as (
    select quarantine.*, stands_for.segment as held_by
    from ops.quarantine as quarantine
    join stands_for on stands_for.replaced = quarantine.segment
    semi join chunk on chunk.quarantine_id = quarantine.quarantine_id
),

compared as (
    select
        chunk.quarantine_id,
        chunk.segment,
        case
            when kept.segment is null then [null::varchar]
            else list_filter(
                [
                    if(epoch_us(kept.received_at) is distinct from chunk.received_at, 'received_at', null),
                    if(kept.reason is distinct from chunk.reason, 'reason', null),
                    if(kept.detail is distinct from chunk.detail, 'detail', null),
                    if(kept.body is distinct from chunk.body, 'body', null)
                ],
                lambda name: name is not null
            )
        end as columns
    from chunk
    left join kept on kept.quarantine_id = chunk.quarantine_id and kept.held_by = chunk.segment
)

select quarantine_id, segment, unnest(columns) as column_name
from compared
order by all
