-- what the operator keeps, the same for every company
insert into core.holidays select country, day, name from whole.core.holidays;
insert into core.rates select currency, base, day, rate from whole.core.rates;
