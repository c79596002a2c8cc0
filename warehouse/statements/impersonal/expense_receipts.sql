-- the receipts' amounts, of one company or of all: the one thing that views read from the bodies, which stay behind
create table core.expense_receipts as
select * from "whole file".core.expense_receipts
where $company is null or company_id = $company
