-- the ledger's rows of replaced segments, and those of an attempt that died
delete from ops.segments where kind = $kind and segment in (select replaced from successions)
