-- the deliveries of some segments. `data` is cut out of the body, verbatim, where it stands last in it; the cut is right
-- if it is one JSON value: brackets outside of it would not balance, members beside it would not be JSON. For bodies
-- written in another order `is_cut` is false, and the body is kept. It is volatile, lest the optimizer cut again for
-- each use of it.
create or replace temp table cut as
with found as (
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

with_blanks as (
    select *, substring(body, starts, length(body) - starts) as with_blanks from found
),

trimmed as (
    select
        *,
        case
            when starts_with(with_blanks, '{') and ends_with(with_blanks, '}') then with_blanks
            else trim(with_blanks, e' \t\r\n')
        end as data
    from with_blanks
),

judged as (
    select
        *,
        starts > 7 and body[-1] = '}' and body[starts - 8] <> '\' and json_valid(data) and random() >= 0 as is_cut
    from trimmed
)

select
    event_id,
    event_name,
    company_id,
    received_at,
    segment,
    hash(body) as body_hash,
    data,
    is_cut,
    case when not is_cut then body end as body
from judged
