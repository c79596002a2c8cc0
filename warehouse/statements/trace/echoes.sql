-- what the processes say of one event, and the other events that are echoes of the same logical one
select
    own.process,
    own.stage,
    own.entity_id,
    own.is_echo,
    own.echo_of,
    list(others.event_id order by others.occurred_at, others.event_id) filter (others.event_id is not null) as also
from core.process_events as own
left join core.process_events as others
    on others.echo_of = own.echo_of and others.process = own.process and others.event_id <> own.event_id
where own.event_id = ?
group by all
order by all
