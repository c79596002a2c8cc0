-- one row per event_name and load that brought events of it
create table core.arrivals (event_name varchar not null, load_no bigint not null, events bigint not null)
