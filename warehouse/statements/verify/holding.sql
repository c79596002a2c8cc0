-- the segments of the lake that hold the sampled events
select distinct stands_for.segment
from sample
join stands_for on stands_for.replaced = sample.segment
