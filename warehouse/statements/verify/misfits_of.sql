-- what is kept verbatim for the events of a chunk
select event_id, json_path, "value" from ops.misfits semi join chunk_ids using (event_id)
