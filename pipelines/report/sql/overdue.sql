-- grain: one row per stage before the decision with an expense over its target
-- key: stage
select stage, count(*) as expenses, any_value(target_working_days) as target_working_days
from report_open
where is_overdue
group by stage
order by expenses desc, stage
