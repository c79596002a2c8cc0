-- event_names whose events after a load (-1: all) have been told to core.process_events, their echoes not yet marked
create table core.unmarked (event_name varchar not null, load_no bigint not null)
