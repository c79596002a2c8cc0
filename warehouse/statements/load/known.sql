-- the deliveries of a batch whose id is that of an event already
select number, event_id from incoming semi join core.event_store using (event_id)
