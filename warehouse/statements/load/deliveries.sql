-- the deliveries of some segments whose ids are, or are not, in the table `repeated`. `data` is cut out of the body, verbatim, where it stands last in it; the cut is right
-- if it is one JSON value: brackets outside of it would not balance, members beside it would not be JSON. For bodies
-- written in another order `is_cut` is false. It is volatile, lest the optimizer cut again for each use of it.
create or replace temp macro deliveries(files, again) as table
with found as (
    select
        id as event_id,
        event_name,
        company_id,
        timezone('UTC', received_at) as received_at,
        parse_path(filename)[-2] || '/' || parse_path(filename)[-1] as segment,
        body,
        strpos(body, '"data":') + 7 as starts
    from read_parquet(files, filename = true, binary_as_string = true, hive_partitioning = false)
    where (id in (from repeated)) = again
),

cut as (
    select *, substring(body, starts, length(body) - starts) as with_blanks from found
),

trimmed as (
    select
        *,
        case
            when starts_with(with_blanks, '{') and ends_with(with_blanks, '}') then with_blanks
            else trim(with_blanks, e' \t\r\n')
        end as data
    from cut
)

select
    event_id,
    event_name,
    company_id,
    received_at,
    segment,
    body,
    hash(body) as body_hash,
    data,
    starts > 7 and body[-1] = '}' and body[starts - 8] <> '\' and json_valid(data) and random() >= 0 as is_cut
from trimmed
