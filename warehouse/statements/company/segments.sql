-- the segments that hold deliveries of the company, counted by those alone; bytes are those of their data
insert into ops.segments
with deliveries as (
    select segment, strlen(data::varchar) as bytes
    from core.event_store
    union all
    select again.segment, strlen(events.data::varchar) as bytes
    from ops.duplicates as again
    join core.event_store as events using (event_id)
    union all
    select segment, strlen(data::varchar) as bytes
    from ops.conflicts
),
own as (
    select segment, count(*) as deliveries, sum(bytes) as bytes
    from deliveries
    group by segment
)
select
    segment, kind, received_date, own.deliveries, own.bytes, sha256_prefix, load_no, loaded_at, status, null as detail
from own
join "whole file".ops.segments as segments using (segment)
where segments.kind = 'events'
