-- the deliveries whose data has to be cut out of the body one by one
select event_id, event_name, company_id, received_at, segment, body_hash, body from cut where not is_cut
