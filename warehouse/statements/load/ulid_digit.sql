-- the value of one character of an id in Crockford's base 32, in capitals or not
create or replace temp macro ulid_digit(id, place) as
    cast(strpos('0123456789ABCDEFGHJKMNPQRSTVWXYZ0123456789abcdefghjkmnpqrstvwxyz', id[place]) - 1 & 31 as bigint)
