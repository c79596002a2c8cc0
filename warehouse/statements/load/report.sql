-- the sums of one load
select
    (select coalesce(sum(deliveries), 0) from ops.segments where load_no = $load_no and kind = 'events'),
    (select coalesce(sum(events), 0) from core.arrivals where load_no = $load_no),
    (select count(*) from ops.duplicates),
    (select count(*) from ops.conflicts),
    (select coalesce(sum(deliveries), 0) from ops.segments where load_no = $load_no and kind = 'quarantine')
