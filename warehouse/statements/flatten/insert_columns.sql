-- the columns of an event_name's tables; those whose type has changed are widened now
insert into ops.columns
select * exclude (widens) replace (case when widens then current_timestamp else widened_at end as widened_at)
from columns
