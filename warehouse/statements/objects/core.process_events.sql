-- one row per event of a process, with what it tells of its entity; written beside the event's typed row
create table core.process_events (
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
)
