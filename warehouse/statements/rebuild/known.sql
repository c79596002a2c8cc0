-- the segments that a warehouse was made from
select kind, segment from ops.segments where status = 'loaded'
