-- of the places where a fact may stand, the first that holds something; slots are where they stand in what was found
create or replace temp macro first_of(found, slots) as coalesce(
    found[slots[1]], found[slots[2]], found[slots[3]], found[slots[4]],
    found[slots[5]], found[slots[6]], found[slots[7]], found[slots[8]]
)
