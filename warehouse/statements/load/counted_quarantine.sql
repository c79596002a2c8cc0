-- how many quarantined deliveries each segment of the batch held
insert into counted
select segment, count(*) as deliveries from ops.quarantine where segment in (select segment from listed) group by segment
