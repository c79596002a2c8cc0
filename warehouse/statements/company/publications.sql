-- when the whole warehouse was published; the events counted are the company's
insert into ops.publications
select published_at, load_no, (select count(*) from core.event_store as events where events.load_no <= published.load_no)
from whole.ops.publications as published
