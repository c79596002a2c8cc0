-- one row per delivery with the id and the body of an event delivered before
create table ops.duplicates (event_id varchar not null, received_at timestamptz not null, segment varchar not null)
