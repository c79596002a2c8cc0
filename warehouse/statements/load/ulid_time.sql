-- the sender's clock in an id: the first 48 bits of the ULID behind `wh_`, in milliseconds (github.com/ulid/spec);
-- null where the rest of the id is not a ULID, or its clock is beyond the year 9999
create or replace temp macro ulid_time(id) as
    case
        when regexp_full_match(id, 'wh_[0-7][0-9A-HJKMNP-TV-Za-hjkmnp-tv-z]{25}') and upper(id[4:13]) < '76EZ6FK000'
            then timezone('UTC', make_timestamp(1000 * (
                ulid_digit(id, 4) * 35184372088832
                + ulid_digit(id, 5) * 1099511627776
                + ulid_digit(id, 6) * 34359738368
                + ulid_digit(id, 7) * 1073741824
                + ulid_digit(id, 8) * 33554432
                + ulid_digit(id, 9) * 1048576
                + ulid_digit(id, 10) * 32768
                + ulid_digit(id, 11) * 1024
                + ulid_digit(id, 12) * 32
                + ulid_digit(id, 13)
            )))
    end
