-- the verbs at the end of an event's name, and the stage that each stands for
create table core.process_stages (process varchar, namespace varchar, verb varchar, stage varchar)
