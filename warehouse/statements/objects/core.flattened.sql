-- one row per event_name: the last load in its tables, the declared types they were made by
create table core.flattened (
    event_name varchar not null, load_no bigint not null, declared map(varchar, varchar) not null
)
