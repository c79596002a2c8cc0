-- one part of the documents that were left, to be read again
select event_id, company_id, occurred_at, received_at, doc from taking where part = $part
