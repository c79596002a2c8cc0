-- grain: one row per column of a table of PostgreSQL, which this is asked; none where there is no such table
-- key: attname
select attribute.attname, format_type(attribute.atttypid, attribute.atttypmod)
from pg_attribute as attribute
where attribute.attrelid = to_regclass(%s) and attribute.attnum > 0 and not attribute.attisdropped
order by attribute.attnum
