-- grain: one row
-- key: none
-- An event_name is silent when it has not been seen for twice as long as the longest gap but one (one outage is forgiven)
-- between hours with events of it, in the last 90 days; one with fewer than ten gaps is too young to be judged.
with hours as (
    select
        event_name,
        epoch_us(received_at) // 3600000000 as hour,
        max(received_at) as last_seen
    from core.event_store
    where received_at > now() - interval 90 day
    group by all
),

gaps as (
    select
        event_name,
        last_seen,
        (hour - lag(hour) over (partition by event_name order by hour))::double as hours
    from hours
),

usual as (
    select
        event_name,
        max(last_seen) as last_seen,
        median(hours) as usual_hours,
        list_sort(list(hours), 'desc')[2] as long_hours,
        (epoch_us(now()) - epoch_us(max(last_seen))) / 3.6e9 as silent_hours
    from gaps
    where hours is not null
    group by event_name
    having count(*) >= 10
),

told as (
    select
        event_name,
        silent_hours > 2 * long_hours as is_silent,
        format(
            '{}: nothing for {:.0f} hours, last seen {}; usually every {:.0f} hours, with gaps up to {:.0f}',
            event_name,
            silent_hours,
            strftime(last_seen, '%Y-%m-%d %H:%M UTC'),
            usual_hours,
            long_hours
        ) as sentence
    from usual
)

select
    count(*) filter (where is_silent)::bigint as wrong,
    count(*)::bigint as judged,
    coalesce(string_agg(sentence, '; ' order by event_name) filter (where is_silent), '') as silent
from told
