-- a sample that is the same each time: events of every event_name, and of as many segments
create or replace temp table sampled as
with each_name as (
    select unnest(min_by(event_id, hash(event_id), $of_each_name)) as event_id
    from core.event_store
    group by event_name
),

each_segment as (
    select event_id
    from (select min_by(event_id, hash(event_id)) as event_id from core.event_store group by segment)
    order by hash(event_id)
    limit $size
)

select event_id, stored.segment
from core.event_store as stored
semi join (from each_name union from each_segment) as chosen using (event_id)
