-- the company's own deliveries that lost; of a winner that is another company's, nothing is told
insert into ops.conflicts
select
    lost.event_id, lost.received_at, lost.segment, lost.event_name, lost.company_id, lost.data, lost.body_hash,
    case when own.event_id is not null then lost.winner_received_at end as winner_received_at,
    case when own.event_id is not null then lost.winner_segment end as winner_segment
from "whole file".ops.conflicts as lost
left join core.event_store as own using (event_id)
where lost.company_id = $company
