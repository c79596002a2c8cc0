-- what the catalogue says of stages: whether one ends the process, and how many working days it may last
create table core.process_rules (process varchar, stage varchar, ends boolean, target_working_days integer)
