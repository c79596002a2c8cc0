-- grain: one row per company and day that has events, with the first publication after its end (UTC)
-- key: company_id, day
with
days as (
    select distinct company_id, make_timestamp(epoch_us(occurred_at))::date as day from core.process_events
),
published as (
    select published_at, load_no, make_timestamp(epoch_us(published_at)) as clock from ops.publications
)
select days.company_id, days.day, published.published_at, published.load_no as seen_in
from days
asof join published on days.day + interval 1 day <= published.clock
