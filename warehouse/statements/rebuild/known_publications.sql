-- when a warehouse was published
select published_at, load_no, events from ops.publications
