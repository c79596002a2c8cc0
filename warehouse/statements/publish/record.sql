-- the row that tells readers which load they see
insert into ops.publications (published_at, load_no, events) values (current_timestamp, $load_no, $events)
