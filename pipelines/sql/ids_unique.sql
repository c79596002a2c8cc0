-- grain: one row
-- key: none
-- Looks at the ids of the last load only, against all of history; `nacre verify --full` looks at all of them.
with last_load as (
    select event_id
    from core.event_store
    where load_no = (select max(load_no) from core.event_store)
),

repeated as (
    select event_id, count(*) as rows
    from core.event_store
    where event_id in (select event_id from last_load)
    group by event_id
    having count(*) > 1
)

select
    count(*)::bigint as wrong,
    coalesce(min(event_id), '') as example
from repeated
