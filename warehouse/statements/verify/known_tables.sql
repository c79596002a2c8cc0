-- the typed tables by name
select schema_name || '.' || table_name from ops.tables
