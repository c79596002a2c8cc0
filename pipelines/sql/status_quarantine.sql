-- grain: one row per reason
-- key: reason
select
    reason,
    count(*)::bigint as deliveries,
    max(received_at) as last_received_at
from ops.quarantine
group by reason
order by deliveries desc, reason
