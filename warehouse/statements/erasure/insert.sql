-- the lake's ledger of erasures, as it stands
insert into ops.erasures values (?, cast(? as timestamptz), ?, ?, ?, ?)
