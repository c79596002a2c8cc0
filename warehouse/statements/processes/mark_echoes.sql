-- Marks the echoes, and takes the mark from those that are none any more.
-- Found by key: DuckDB 2.0.0 misses rows, or crashes, where an update finds them by rowid after others were deleted.
update core.process_events as events
set is_echo = coalesce(marks.echo_of <> marks.event_id, false), echo_of = marks.echo_of
from marks
where events.event_id = marks.event_id and events.echo_key = marks.echo_key
