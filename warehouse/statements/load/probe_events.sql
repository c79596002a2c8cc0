-- reads all of one segment of events, to see whether it can be read
select max(id), max(event_name), max(company_id), max(received_at), max(strlen(body)) from read_parquet(?, binary_as_string = true, hive_partitioning = false)
