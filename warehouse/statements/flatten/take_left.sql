-- the first documents, in the order of receipt, that the fast lane has left
select epoch_us(received_at), event_id, doc
from left_over
order by received_at, event_id
limit $limit
