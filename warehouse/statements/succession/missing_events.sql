-- the rows of one rewritten segment that the warehouse has not: each delivery counts as often as it came
copy (
    with held as (
        select event_id, received_at, body_hash from core.event_store where segment = $segment
        union all
        select event_id, received_at, body_hash from ops.conflicts where segment = $segment
        union all
        select duplicates.event_id, duplicates.received_at, events.body_hash
        from ops.duplicates as duplicates
        join core.event_store as events using (event_id)
        where duplicates.segment = $segment
    ),

    counted as (
        select event_id as id, timezone('UTC', received_at) as received_at, body_hash, count(*) as held
        from held
        group by all
    ),

    numbered as (
        select *, row_number() over (partition by id, received_at, body) as place from rewritten
    )

    select numbered.id, event_name, company_id, numbered.received_at, body
    from numbered
    left join counted using (id, received_at, body_hash)
    where place > coalesce(held, 0)
) to $target (format parquet)
