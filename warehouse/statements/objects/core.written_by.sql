-- what the file was written by: another writer's file is set aside and made anew
create table core.written_by (duckdb_version varchar not null, build_format integer not null)
