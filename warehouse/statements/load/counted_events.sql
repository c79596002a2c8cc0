-- how many deliveries each segment of the batch held
insert into counted
select segment, count(*) from cut group by segment
