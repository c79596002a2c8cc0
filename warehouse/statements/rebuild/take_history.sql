-- what no lake holds: when the warehouse was published
insert into ops.publications
select published_at, load_no, events from "live file".ops.publications
