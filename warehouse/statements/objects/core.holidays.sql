-- kept by the operator: days on which nobody works, everywhere where country is NULL
create table core.holidays (country varchar, day date, name varchar)
