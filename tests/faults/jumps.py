"""Rows of the clock and of sealed segments that change."""

import random
from pathlib import Path

from ingest.lake import EventRow, Lake
from tests.faults.harness import Result, compare, free_port, launched, ledger

JUMPS = {"back an hour": -3600, "forward a day": 86_400, "back a year": -31_536_000, "right again": 0}


def clock(folder: Path, times: int) -> Result:
    """The machine's clock jumps under load, also between two lives of the server: nothing is overwritten or lost."""
    result = Result("clock back an hour, forward a day, back a year")
    home, offset = folder / "home", folder / "offset"
    offset.write_text("0")
    with ledger(folder, port := free_port()) as witness:
        for _ in range(times):
            with launched(home, {"CLOCK": str(offset)}, port=port):
                for seconds in JUMPS.values():
                    offset.write_text(str(seconds))
                    witness.wait_for(30)
                    result.tried += 1
    compare(result, witness, home)
    receipts = [segment.name.rpartition("-")[0] for segment in Lake(home).segments()]
    result.check(len(receipts) == len(set(receipts)), "two segments of one writer begin at the same time")
    return result


def flips(folder: Path, times: int) -> Result:
    """Any flipped bit and any truncation of a sealed segment is seen before loading; the others stay sound."""
    result = Result("bit flips and truncations in sealed segments: detected and named, the rest is sound")
    lake = Lake(folder)
    rows = [EventRow(f"wh_{number}", "a.b", "c", 1_795_435_200_000_000 + number, b"{}" * 40) for number in range(60)]
    segments = [lake.write_events(rows[start : start + 20], "w")[0] for start in (0, 20, 40)]
    for _ in range(times):
        victim = random.choice(segments)
        whole = victim.path.read_bytes()
        content = bytearray(whole)
        if random.random() < 0.8:
            position = random.randrange(len(content) * 8)
            content[position // 8] ^= 1 << position % 8
        else:
            del content[random.randrange(len(content)) :]
        victim.path.write_bytes(content)
        found = [segment.name for segment in lake.segments() if not lake.verify(segment)]
        result.check(found == [victim.name], f"found {found}, damaged was {victim.name}")
        victim.path.write_bytes(whole)
        result.tried += 1
    return result
