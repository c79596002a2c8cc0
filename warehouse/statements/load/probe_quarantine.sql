-- reads all of one segment of quarantine, to see whether it can be read
select max(quarantine_id), max(received_at), max(reason), max(detail), max(octet_length(encode(body))) from read_parquet(?, binary_as_string = true, hive_partitioning = false)
