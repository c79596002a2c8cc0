-- the objects of an empty build file; what is private to the pipeline is created here too, and documented at its column
create schema if not exists core;
create schema if not exists analytics;
create schema if not exists ops;

-- one row per event: core.events with what the pipeline needs beside it; zstd makes it a seventh of its size
create table core.event_store (
    event_id varchar not null,
    event_name varchar not null,
    company_id varchar not null,
    occurred_at timestamptz not null,
    received_at timestamptz not null,
    segment varchar not null,
    data json using compression zstd not null,
    body_hash ubigint not null,
    load_no bigint not null
);

create view core.events as
select event_id, event_name, company_id, occurred_at, received_at, segment, data from core.event_store;

-- one row per event_name: its first event, and the table it was given
create table core.names (
    event_name varchar not null,
    first_received_at bigint not null,
    first_event_id varchar not null,
    schema_name varchar not null,
    table_name varchar not null
);

-- one row per event_name and load that brought events of it
create table core.arrivals (event_name varchar not null, load_no bigint not null, events bigint not null);

-- one row per event whose row was replaced or erased by a load: its typed rows go
create table core.withdrawn (event_id varchar not null, event_name varchar not null, load_no bigint not null);

-- one row per event_name: the last load in its tables, the declared types they were made by
create table core.flattened (
    event_name varchar not null, load_no bigint not null, declared map(varchar, varchar) not null
);

-- one row per place in the data of an event_name: the kinds of values seen there (bits), and by which event first
create table core.observed (
    event_name varchar not null,
    steps varchar[] not null,
    kinds uinteger not null,
    first_received_at bigint not null,
    first_event_id varchar not null,
    first_position bigint not null
);

create table ops.watermarks (consumer varchar not null, load_no bigint not null);

create table ops.segments (
    segment varchar not null,
    kind varchar not null,
    received_date date,
    deliveries bigint not null,
    bytes bigint not null,
    sha256_prefix varchar not null,
    load_no bigint not null,
    loaded_at timestamptz not null,
    status varchar not null,
    detail varchar
);

create table ops.tables (
    event_name varchar not null,
    schema_name varchar not null,
    table_name varchar not null,
    json_path varchar not null,
    "rows" bigint not null
);

create table ops.columns (
    schema_name varchar not null,
    table_name varchar not null,
    column_name varchar not null,
    json_path varchar not null,
    data_type varchar not null,
    origin varchar not null,
    ordinal bigint not null,
    first_event_id varchar,
    first_received_at timestamptz,
    widened_at timestamptz
);

create table ops.duplicates (event_id varchar not null, received_at timestamptz not null, segment varchar not null);

create table ops.conflicts (
    event_id varchar not null,
    received_at timestamptz not null,
    segment varchar not null,
    event_name varchar not null,
    company_id varchar not null,
    data json not null,
    body_hash ubigint not null,
    winner_received_at timestamptz not null,
    winner_segment varchar not null
);

create table ops.misfits (
    event_id varchar not null,
    schema_name varchar not null,
    table_name varchar not null,
    column_name varchar,
    json_path varchar not null,
    "value" varchar not null
);

create table ops.quarantine (
    quarantine_id varchar not null,
    received_at timestamptz not null,
    reason varchar not null,
    detail varchar,
    body blob,
    segment varchar not null
);

create table ops.publications (
    published_at timestamptz not null, load_no bigint not null, events bigint not null
);

-- what the file was written by: another writer's file is set aside and made anew
create table core.written_by (duckdb_version varchar not null, build_format integer not null);
