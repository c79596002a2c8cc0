-- deliveries with the winner's body
insert into ops.duplicates
select event_id, received_at, segment from judged where place > 1 and body_hash = winner_hash
