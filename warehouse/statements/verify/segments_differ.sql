-- rows of the ledger that contradict themselves, each other or the events: a load is of one kind and of one moment, a
-- segment that was not rewritten came by one load, and time does not go back by a day between two loads
with plain as (
    from ops.segments
    semi join (select segment from stands_for group by segment having count(*) = 1) using (segment)
),

by_load as (
    select load_no, min(loaded_at) as first_loaded_at, max(loaded_at) as last_loaded_at
    from plain
    group by load_no
),

brought as (
    select segment, min(load_no) as first_load_no, max(load_no) as last_load_no
    from core.event_store
    anti join core.withdrawn using (event_id, load_no)
    group by segment
),

wrong as (
    select segment, 'status', status not in ('loaded', 'damaged') from ops.segments
    union all
    select segment, 'detail', (detail is null) <> (status = 'loaded') from ops.segments
    union all
    select segment, 'load_no', load_no < 1 from ops.segments
    union all
    select segment, 'load_no', count(distinct kind) over (partition by load_no) > 1 from ops.segments
    union all
    select segment, 'load_no', last_load_no > ledger.load_no from ops.segments as ledger join brought using (segment)
    union all
    select segment, 'load_no', first_load_no < plain.load_no from plain join brought using (segment)
    union all
    select segment, 'loaded_at', first_loaded_at < last_loaded_at from plain join by_load using (load_no)
    union all
    select
        segment,
        'loaded_at',
        max(loaded_at) over (order by load_no) > loaded_at + interval 1 day or loaded_at > now() + interval 1 day
    from ops.segments
)

select distinct 'says what contradicts other rows, or the events' as what, segment, null, 'ops.segments', column_name
from wrong as wrong(segment, column_name, is_wrong)
where is_wrong
order by all
limit $shown
