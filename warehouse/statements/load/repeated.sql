-- the ids delivered more than once: in this batch, or in it and before
create or replace temp table repeated as
select event_id from incoming group by event_id having count(*) > 1
union
select event_id from incoming semi join core.event_store using (event_id)
