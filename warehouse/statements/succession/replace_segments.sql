-- the ledger names the rewritten segments instead of those that they stand for
insert into ops.segments select * exclude ("rows") from succeeding
