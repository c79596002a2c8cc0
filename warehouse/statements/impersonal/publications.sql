-- when the whole warehouse was published; the events counted are those that this file holds
insert into ops.publications
with held as (
    select load_no, sum(count(*)) over (order by load_no) as events
    from core.process_events
    group by load_no
)
select published.published_at, published.load_no, coalesce(held.events, 0) as events
from "whole file".ops.publications as published
asof left join held on published.load_no >= held.load_no
