-- kept by the operator: what a currency was worth
create table core.rates (currency varchar, base varchar, day date, rate decimal(18, 9))
