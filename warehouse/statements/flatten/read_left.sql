-- one part of the documents that were left, to be read again
select event_id, company_id, occurred_at, received_at, load_no, echo_key, doc from taking where part = $part
