-- event_names whose tables are said to hold other loads than those that changed them: a build would leave events out, or
-- take them twice
with changed as (
    select event_name, max(load_no) as load_no
    from (select event_name, load_no from core.arrivals union all select event_name, load_no from core.withdrawn)
    semi join core.names using (event_name)
    group by event_name
)

select
    'says that ' || event_name || ' holds loads up to ' || coalesce(flattened.load_no::varchar, 'none')
    || ', it was changed up to ' || coalesce(changed.load_no::varchar, 'none') as what,
    null as segment,
    null as event_id,
    'core.flattened' as table_name,
    'load_no' as column_name
from changed
full join core.flattened as flattened using (event_name)
where flattened.load_no is distinct from changed.load_no
order by event_name
limit $shown
