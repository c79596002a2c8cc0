-- the ids delivered more than once: in this batch, or in it and before
create temp table repeated as
with incoming as (
    select id as event_id from read_parquet($files, hive_partitioning = false)
)

select event_id from incoming group by event_id having count(*) > 1
union
select event_id from incoming semi join core.event_store using (event_id)
