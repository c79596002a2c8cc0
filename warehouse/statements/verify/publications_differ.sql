-- publications that say what cannot be: there are as many events as all loads until then had brought. Those that were
-- taken over from another file, which came before all loads of this one, tell of events that are not known any more.
with loads as (
    select load_no, sum(events) as events, min(loaded_at) as loaded_at
    from (
        select load_no, events, null as loaded_at from core.arrivals
        union all
        select load_no, -1, null from core.withdrawn
        union all
        select load_no, 0, loaded_at from ops.segments
    )
    group by load_no
),

until as (
    select
        load_no,
        sum(events) over (order by load_no) as events,
        min(loaded_at) over (order by load_no) as first_loaded_at
    from loads
),

told as (
    select
        publications.*,
        count(*) over (partition by published_at) as times,
        max(published_at) over (order by load_no) as latest
    from ops.publications as publications
),

wrong as (
    select
        told.published_at,
        case
            when times > 1 then 'is there ' || times || ' times'
            when latest > published_at + interval 1 day then 'is of a later load than one that was published after it'
            when published_at > now() + interval 1 day then 'is yet to come'
            when first_loaded_at <= published_at and told.events <> until.events
                then 'tells of ' || told.events || ' events, there were ' || until.events
        end as problem
    from told
    asof left join until on told.load_no >= until.load_no
)

select distinct
    'the publication of ' || published_at || ' ' || problem as what, null as segment, null as event_id, 'ops.publications'
from wrong
where problem is not null
order by what
limit $shown
