-- the rows of one rewritten segment of quarantine that the warehouse has not
copy (
    with counted as (
        select quarantine_id, timezone('UTC', received_at) as received_at, body, count(*) as held
        from ops.quarantine
        where segment = $segment
        group by all
    ),

    numbered as (
        select *, row_number() over (partition by quarantine_id, received_at, body) as place from rewritten
    )

    select numbered.quarantine_id, numbered.received_at, reason, detail, numbered.body
    from numbered
    left join counted using (quarantine_id, received_at, body)
    where place > coalesce(held, 0)
) to $target (format parquet)
