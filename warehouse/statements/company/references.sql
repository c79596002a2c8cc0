-- what the operator keeps, the same for every company
insert into core.holidays select country, day, name from "whole file".core.holidays;
insert into core.rates select currency, base, day, rate from "whole file".core.rates;
