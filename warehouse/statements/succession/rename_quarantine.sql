-- deliveries of replaced segments now lie in the one that stands for them
update ops.quarantine as held
set segment = successions.segment
from successions
where held.segment = successions.replaced and successions.segment <> successions.replaced
