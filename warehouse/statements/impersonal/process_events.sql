-- the steps of processes, of one company or of all; without the hash of the data, by which one could prove a guess at it
insert into core.process_events by name
select * replace (null as echo_key)
from "whole file".core.process_events
where $company is null or company_id = $company
