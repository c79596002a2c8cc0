-- a duplicate has its event's body, and so its company
insert into ops.duplicates
select event_id, received_at, segment
from "whole file".ops.duplicates
semi join core.event_store using (event_id)
