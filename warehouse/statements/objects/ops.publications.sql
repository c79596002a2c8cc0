-- one row per publication
create table ops.publications (
    published_at timestamptz not null, load_no bigint not null, events bigint not null
)
