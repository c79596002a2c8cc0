create schema if not exists core;
create table if not exists core.process_stages (
    process varchar, namespace varchar, verb varchar, stage varchar
);
create table if not exists core.process_events (
    process varchar,
    event_id varchar,
    event_name varchar,
    company_id varchar,
    entity_id varchar,
    stage varchar,
    occurred_at timestamptz,
    received_at timestamptz,
    amount decimal(38, 9),
    currency varchar,
    category varchar,
    engagement_id varchar,
    country varchar,
    approver varchar,
    told_submitted_at timestamptz,
    told_reviewed_at timestamptz,
    is_echo boolean,
    echo_of varchar,
    echo_key ubigint,
    load_no bigint
);
