-- event_names with arrivals or withdrawals that their tables have not taken in
select event_name
from (
    select event_name, max(load_no) as load_no, min(load_no) as first_load_no
    from (select event_name, load_no from core.arrivals union all select event_name, load_no from core.withdrawn)
    group by event_name
) as arrived
semi join core.names using (event_name)
left join core.flattened as flattened using (event_name)
where arrived.load_no > coalesce(flattened.load_no, -1)
order by first_load_no, event_name
