-- grain: one row
-- key: none
select
    (select count(*) from ops.segments where status = 'loaded') as segments,
    (select count(*) from core.event_store) as events,
    (select count(*) from ops.tables) as tables
