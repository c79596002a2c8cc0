-- the segments of events that the warehouse has taken in
select segment from ops.segments where status = 'loaded' and kind = 'events'
