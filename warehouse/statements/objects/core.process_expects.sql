-- a stage, and those of which one must have come before
create table core.process_expects (process varchar, stage varchar, expected varchar)
