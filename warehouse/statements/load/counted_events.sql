-- how many deliveries each segment of the batch held
insert into counted
select parse_path(filename)[-2] || '/' || parse_path(filename)[-1], count(*)
from read_parquet($files, filename = true, hive_partitioning = false)
group by filename
