-- grain: one row
-- key: none
with last_load as (select max(load_no) as load_no from ops.segments)

select
    coalesce(sum(loaded.deliveries), 0)::bigint as wrong,
    (select count(*)::bigint from ops.quarantine) as quarantined
from ops.segments as loaded
inner join last_load on loaded.load_no = last_load.load_no
where loaded.kind = 'quarantine'
