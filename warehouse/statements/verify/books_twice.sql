-- what is remembered of an event_name more than once
with books as (
    select 'core.flattened' as table_name, event_name, '' as entry from core.flattened
    union all
    select 'core.observed', event_name, steps::varchar from core.observed
    union all
    select 'core.arrivals', event_name, load_no::varchar from core.arrivals
)

select distinct
    'has an entry of ' || event_name || ' ' || count(*) || ' times' as what, null as segment, null as event_id, table_name
from books
group by table_name, event_name, entry
having count(*) > 1
order by all
limit $shown
