-- the company's events as they stand, with the numbers of the loads that brought them
insert into core.event_store
select event_id, event_name, company_id, occurred_at, received_at, segment, data, body_hash, load_no
from "whole file".core.event_store
where company_id = $company
