-- the ledger's row of a rewritten segment after what was missing of it was loaded from a copy
update ops.segments
set
    bytes = $bytes,
    sha256_prefix = $sha256_prefix,
    deliveries = (
        select count(*)
        from (
            select segment from core.event_store where $kind = 'events'
            union all
            select segment from ops.duplicates where $kind = 'events'
            union all
            select segment from ops.conflicts where $kind = 'events'
            union all
            select segment from ops.quarantine where $kind = 'quarantine'
        ) as held
        where held.segment = $segment
    )
where kind = $kind and segment = $segment and status = 'loaded'
