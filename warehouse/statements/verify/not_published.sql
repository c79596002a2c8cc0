-- what a published file cannot be without: the publication that made it, after which nothing was loaded, and marked echoes
select 'does not tell of the publication that made this file' as what, null as segment, null as event_id, 'ops.publications'
where not exists (
    from ops.publications
    where load_no = (select max(load_no) from ops.publications)
        and load_no >= (select coalesce(max(load_no), 0) from ops.segments)
        and events = (select count(*) from core.event_store)
)
union all
select 'says that the echoes among events of ' || event_name || ' are still to be marked', null, null, 'core.unmarked'
from core.unmarked
order by all
limit $shown
