select greatest(
    (select coalesce(max(load_no), 0) from core.event_store),
    (select coalesce(max(load_no), 0) from core.withdrawn)
);
