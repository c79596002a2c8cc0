-- one row per consumer of loads: the last load that it has taken in
create table ops.watermarks (consumer varchar not null, load_no bigint not null)
