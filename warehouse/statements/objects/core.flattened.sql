-- one row per event_name: the last load in its tables, the declared types they were made by, and a hash of what was
-- declared of the process its events were told to, if any
create table core.flattened (
    event_name varchar not null, load_no bigint not null, declared map(varchar, varchar) not null, process varchar
)
