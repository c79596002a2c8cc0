-- of each contested id the first delivery wins; the others are duplicates where the body is the winner's, else conflicts
create or replace temp table judged as
with described as (
    select
        contested.event_id,
        coalesce(contested.event_name, held.event_name) as event_name,
        coalesce(contested.company_id, held.company_id) as company_id,
        contested.received_at,
        contested.segment,
        coalesce(contested.body_hash, held.body_hash) as body_hash,
        contested.data,
        contested.known_as,
        contested.number,
        max(contested.clock) over (partition by contested.event_id) as clock
    from contested
    left join (select * from contested where known_as = 'event') as held
        on contested.known_as = 'duplicate' and held.event_id = contested.event_id
)
select
    described.*,
    row_number() over first_first as place,
    first_value(body_hash) over first_first as winner_hash,
    first_value(received_at) over first_first as winner_received_at,
    first_value(segment) over first_first as winner_segment
from described
window first_first as (partition by event_id order by received_at, body_hash, segment, known_as)
