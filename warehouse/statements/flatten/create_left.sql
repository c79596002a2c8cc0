-- the documents that the fast lane has left, by the parts that they are read in
create or replace temp table left_over (
    event_id varchar,
    company_id varchar,
    occurred_at timestamptz,
    received_at timestamptz,
    load_no bigint,
    echo_key ubigint,
    doc varchar,
    part bigint
)
