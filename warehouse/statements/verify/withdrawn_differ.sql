-- events that are said to have given way: another delivery of each took its place in the last of these loads, and what
-- it was before is its duplicate or conflict now
with gone as (
    select event_id, max(load_no) as load_no, count(*) > count(distinct load_no) as is_twice
    from core.withdrawn
    group by event_id
),

named as (
    select event_id, event_name from core.event_store
    union all
    select event_id, event_name from ops.conflicts
)

select 'is said to have given way in a load that brought nothing in its place' as what, null as segment, event_id,
    'core.withdrawn' as table_name, 'load_no' as column_name
from gone
left join core.event_store as stored using (event_id)
where is_twice or stored.load_no is distinct from gone.load_no
union all
select 'is said to have been of another event_name than it was', null, event_id, 'core.withdrawn', 'event_name'
from core.withdrawn
anti join named using (event_id, event_name)
order by all
limit $shown
