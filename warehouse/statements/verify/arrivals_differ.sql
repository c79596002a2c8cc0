-- event_names of which loads are said to have brought more or fewer events than are there or were withdrawn since
with loads as (
    select event_name, brought.events as brought, there.events as there
    from (select event_name, load_no, max(events) as events from core.arrivals group by all) as brought
    full join (select event_name, load_no, count(*) as events from core.event_store group by all) as there
        using (event_name, load_no)
),

names as (
    select event_name, sum(brought) as brought, sum(there) as there, bool_or(there > brought) as has_too_many
    from loads
    group by event_name
),

gone as (select event_name, count(*) as gone from core.withdrawn group by event_name)

select
    'says that ' || coalesce(brought, 0) || ' events of ' || event_name || ' came, ' || coalesce(there, 0) || ' are there and '
    || coalesce(gone, 0) || ' were withdrawn' || if(has_too_many, '; of a load there are more than came', '') as what,
    null as segment,
    null as event_id,
    'core.arrivals' as table_name
from names
full join gone using (event_name)
where has_too_many or coalesce(brought, 0) - coalesce(gone, 0) <> coalesce(there, 0)
order by event_name
limit $shown
