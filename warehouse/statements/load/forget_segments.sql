-- ledger rows of segments that are looked at again because they were damaged
delete from ops.segments where kind = $kind and segment in (select unnest($segments))
