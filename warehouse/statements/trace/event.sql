-- the event of one id
select event_name, company_id, occurred_at, received_at, segment from core.events where event_id = ?
