-- whether deliveries of ids delivered once are not among the singles that were inserted
select (select sum(deliveries) from counted) > (select count(*) from again) + $singles
