-- deliveries whose data was cut out of the body one by one
insert into cut
select event_id, event_name, company_id, received_at, segment, body_hash, data, true, null from cuts
