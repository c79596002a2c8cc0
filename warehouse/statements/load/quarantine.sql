-- the quarantined deliveries of a batch of segments
insert into ops.quarantine
select quarantine_id, timezone('UTC', received_at), reason, detail, body, segment from incoming
