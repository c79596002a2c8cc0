-- the deliveries of a batch of segments; `data` is cut out of the body where it stands last in it, verbatim.
-- The cut is right if what is left is one JSON value: brackets outside of it would not balance, members beside it
-- would not be JSON. Bodies written in another order keep their `body` here and are cut one by one.
create temp table incoming as
with read as (
    select
        id as event_id,
        event_name,
        company_id,
        timezone('UTC', received_at) as received_at,
        parse_path(filename)[-2] || '/' || parse_path(filename)[-1] as segment,
        body,
        strpos(body, '"data":') + 7 as starts
    from read_parquet($files, filename = true, binary_as_string = true, hive_partitioning = false)
),

cut as (
    select *, trim(substring(body, starts, length(body) - starts), e' \t\r\n') as cut from read
),

judged as (
    select *, starts > 7 and body[-1] = '}' and body[starts - 8] <> '\' and json_valid(cut) as is_cut from cut
)

select
    event_id,
    event_name,
    company_id,
    received_at,
    segment,
    hash(body) as body_hash,
    case when is_cut then cut end as data,
    case when not is_cut then body end as body
from judged
