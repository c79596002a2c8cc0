-- the events that won over conflicting deliveries may lie in replaced segments too
update ops.conflicts as held
set winner_segment = successions.segment
from successions
where held.winner_segment = successions.replaced and successions.segment <> successions.replaced
