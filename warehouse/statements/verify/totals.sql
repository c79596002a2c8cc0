-- how many deliveries the ledger has, and how many events
select
    (select coalesce(sum(deliveries), 0)::bigint from ops.segments where kind = 'events' and status = 'loaded'),
    (select count(*) from core.event_store)
