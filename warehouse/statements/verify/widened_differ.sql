-- columns that are said to be widened after now
select 'was not widened yet' as what, null as segment, null as event_id, schema_name || '.' || table_name as table_name,
    column_name
from ops.columns
where widened_at > now() + interval 1 day
order by all
limit $shown
