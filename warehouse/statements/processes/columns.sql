-- the columns of one typed table, in order
select column_name, json_path, data_type
from ops.columns
where schema_name = ? and table_name = ?
order by ordinal
