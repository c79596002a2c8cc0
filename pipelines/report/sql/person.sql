-- grain: one text per id of a person: the id, or a code where it may be a name or an address
-- key: none
create temp macro person(told, ids) as
    case when told is null or regexp_full_match(told, ids) then told else 'hidden ' || left(sha256(told), 8) end
