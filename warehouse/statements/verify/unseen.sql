-- sampled events whose delivery was not found in the whole segments of the lake
select event_id, sample.segment
from sample
semi join stands_for on stands_for.replaced = sample.segment
anti join seen using (event_id)
order by event_id
limit $shown
