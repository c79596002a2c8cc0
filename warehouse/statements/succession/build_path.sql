-- the file that the connection writes
select file from pragma_database_list where name = current_database()
