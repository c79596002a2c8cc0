create schema if not exists core;
create table if not exists core.process_stages (
    process varchar, namespace varchar, verb varchar, stage varchar
);
create table if not exists core.process_events (
    process varchar using compression dict_fsst,
    event_id varchar using compression uncompressed,
    event_name varchar using compression dict_fsst,
    company_id varchar using compression dict_fsst,
    entity_id varchar using compression uncompressed,
    stage varchar using compression dict_fsst,
    occurred_at timestamptz,
    received_at timestamptz,
    amount decimal(38, 9),
    currency varchar using compression dict_fsst,
    category varchar using compression dict_fsst,
    engagement_id varchar using compression dict_fsst,
    country varchar using compression dict_fsst,
    approver varchar using compression dict_fsst,
    told_submitted_at timestamptz,
    told_reviewed_at timestamptz,
    is_echo boolean,
    echo_of varchar using compression dict_fsst,
    echo_key ubigint using compression uncompressed,
    load_no bigint
);

-- what the catalogue says of stages: whether one ends the process, and how many working days it may last
create table if not exists core.process_rules (process varchar, stage varchar, ends boolean, target_working_days integer);
-- a stage, and those of which one must have come before
create table if not exists core.process_expects (process varchar, stage varchar, expected varchar);
-- kept by the operator: days on which nobody works (everywhere where country is NULL), and what a currency was worth
create table if not exists core.holidays (country varchar, day date, name varchar);
create table if not exists core.rates (currency varchar, base varchar, day date, rate decimal(18, 9));
