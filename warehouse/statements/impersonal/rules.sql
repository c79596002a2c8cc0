-- what the catalogue says of stages, and what the operator keeps
insert into core.process_stages by name select * from "whole file".core.process_stages;
insert into core.process_rules by name select * from "whole file".core.process_rules;
insert into core.process_expects by name select * from "whole file".core.process_expects;
insert into core.holidays by name select * from "whole file".core.holidays;
insert into core.rates by name select * from "whole file".core.rates;
