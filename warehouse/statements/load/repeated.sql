-- the ids delivered more than once: in this batch, or in it and before
create temp table repeated as
select event_id from cut group by event_id having count(*) > 1
union
select event_id from cut semi join core.event_store using (event_id)
