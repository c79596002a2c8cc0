-- grain: one row per company and engagement that some event names a person of, as the latest such event says
-- key: company_id, engagement_id
select company_id, engagement_id, name, legal_name, email
from core.people
