-- how many deliveries each segment of the batch held
insert into counted select segment, count(*) as deliveries from incoming group by segment
