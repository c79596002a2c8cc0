-- grain: one row per company and person (or the company itself) that expenses wait for, the 10 with most overdue
-- key: company_id, with_role, with_whom
select
    left(company_id, 64) as company_id, with_role,
    person(with_whom, 'hidden [0-9a-f]{8}|[A-Za-z0-9_-]{1,64}') as with_whom,
    count(*) filter (is_overdue) as overdue, count(*) filter (not is_overdue) as in_time,
    max(age_seconds) as oldest_seconds, count(*) over () as queues
from report_open
group by company_id, with_role, with_whom
order by overdue desc, in_time desc, company_id, with_role, with_whom
limit 10
