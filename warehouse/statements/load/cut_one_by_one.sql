-- deliveries whose data was cut out of the body one by one
create temp table cut_one_by_one as
select event_id, event_name, company_id, received_at, segment, body_hash, data from core.event_store limit 0
