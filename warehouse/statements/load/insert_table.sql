-- the table of an event_name, before it has rows
insert into ops.tables values (?, ?, ?, '$', 0)
