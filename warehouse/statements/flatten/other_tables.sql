-- the tables of a schema; those of the arrays of one event_name with their path
select case when event_name = $event_name and json_path <> '$' then json_path end, table_name
from ops.tables
where schema_name = $schema
