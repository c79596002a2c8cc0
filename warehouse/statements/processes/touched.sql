-- The bodies whose echoes may have changed: those of new events and those of events that went.
create or replace temporary table touched_bodies as
select echo_key from core.process_events where load_no > $watermark
union
select unnest($withdrawn::ubigint[]) as echo_key;
