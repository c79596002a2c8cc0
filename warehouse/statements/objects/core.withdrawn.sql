-- one row per event whose row was replaced or erased by a load: its typed rows go
create table core.withdrawn (event_id varchar not null, event_name varchar not null, load_no bigint not null)
