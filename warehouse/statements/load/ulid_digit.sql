-- the value of one character of an id in Crockford's base 32
create or replace temp macro ulid_digit(id, place) as
    cast(strpos('0123456789ABCDEFGHJKMNPQRSTVWXYZ', upper(id[place])) - 1 as bigint)
