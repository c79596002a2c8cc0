"""What C cuts out of bodies and reads out of ids is what an independent reading in Python finds, whatever the bytes."""

from __future__ import annotations

import json
import os
import re
import struct
from collections import Counter
from datetime import UTC, datetime, timedelta

import pyarrow as pa
from hypothesis import example, given, settings
from hypothesis import strategies as st

from warehouse.native import VIEW, cut_data, hash_bodies, read_clocks, repeated_rows

EXAMPLES = int(os.environ.get("NACRE_EXAMPLES", "2")) * 25
PLAIN = '{"event_name":"a.b","id":"wh_1","company_id":"C","data":%s}'
DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
KEPT = [16811827731272670888, 2927607666798485611, 7039989367327556369]


def cut(bodies: list[bytes]) -> list[bytes | None]:
    """`data` of each body as the views tell it."""
    array = pa.array(bodies, pa.binary())
    data, cuts = cut_data(array, 7)
    content = array.buffers()[2]
    found = [text(data, row, content) or None for row in range(len(bodies))]
    assert cuts == sum(one is not None for one in found)
    return found


def text(views: pa.Buffer, row: int, content: pa.Buffer | None) -> bytes:
    """The text that a view stands for."""
    view = views.to_pybytes()[row * VIEW : (row + 1) * VIEW]
    length, beginning, buffer, offset = struct.unpack("<i4sii", view)
    if length <= 12:
        assert not any(view[4 + length :])
        return view[4 : 4 + length]
    assert content is not None
    found = content.to_pybytes()[offset : offset + length]
    assert (buffer, beginning) == (7, found[:4])
    return found


def data_of(body: bytes) -> bytes | None:
    """The text of the one member `data` of a body, by Python's own decoder; None where C leaves it to others."""
    try:
        whole = body.decode()
        found = members(whole)
    except (ValueError, RecursionError):
        return None
    spans = [span for key, span, _ in found if key == "data"]
    if len(spans) != 1 or any(escaped for _, _, escaped in found):
        return None
    return whole[slice(*spans[0])].encode()


def members(whole: str) -> list[tuple[str, tuple[int, int], bool]]:
    """Key, place of the value, and whether the key has escapes, of each member of an object."""
    strict(whole)
    decoder, found = json.JSONDecoder(strict=True), []
    at = blank(whole, 0) + 1
    if whole[at - 1] != "{":
        raise ValueError(whole)
    at = blank(whole, at)
    while whole[at] != "}":
        key, behind = decoder.raw_decode(whole, at)
        escaped = "\\" in whole[at:behind]
        begin = blank(whole, blank(whole, behind) + 1)
        _, end = decoder.raw_decode(whole, begin)
        found.append((key, (begin, end), escaped))
        at = blank(whole, end)
        at = blank(whole, at + 1) if whole[at] == "," else at
    return found


def blank(whole: str, at: int) -> int:
    """The place behind blanks."""
    while whole[at : at + 1] in {" ", "\t", "\n", "\r"}:
        at += 1
    return at


def strict(whole: str) -> None:
    """Raise ValueError for what Python takes and JSON has not: NaN and its like, half a surrogate pair, a BOM."""

    def refuse(word: str) -> None:
        raise ValueError(word)

    json.dumps(json.loads(whole, parse_constant=refuse), ensure_ascii=False).encode()


SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3), max_leaves=8
)
KEYS = st.sampled_from(["data", "id", "event_name", "dat", "data ", "Data", "é", ""]) | st.text(max_size=3)
BLANKS = st.text(" \t\r\n", max_size=2)


@st.composite
def bodies(draw: st.DrawFn) -> bytes:
    """Objects of any members in any order, with blanks anywhere, keys repeated and escaped."""
    pairs = draw(st.lists(st.tuples(KEYS, VALUES, st.booleans()), max_size=4))
    blanks = [draw(BLANKS) for _ in range(4)]
    texts = [
        blanks[0]
        + json.dumps(key, ensure_ascii=ascii_only)
        + blanks[1]
        + ":"
        + blanks[2]
        + json.dumps(value, ensure_ascii=ascii_only)
        for key, value, ascii_only in pairs
    ]
    return (blanks[3] + "{" + ",".join(texts) + "}" + blanks[0]).encode(errors="replace")


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A body with some bytes replaced, taken away or put in."""
    body = bytearray(draw(bodies()))
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(body)))
        body[at : at + draw(st.integers(0, 2))] = draw(
            st.binary(max_size=2) | st.sampled_from([b'"', b"\\", b"}", b","])
        )
    return bytes(body)


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.lists(bodies() | damaged() | st.binary(max_size=40), max_size=4))
@example([PLAIN.encode() % b"1" for _ in range(3)])
@example([(PLAIN % ("[" * 2000 + "]" * 2000)).encode()])
@example(
    [PLAIN.encode() % value for value in (b"NaN", b"01", b"1e400", b'"\\ud800"', b'"\xed\xa0\x80"', b'"\xc0\x80"')]
)
@example([b'{"data":1}', b'{"data":1,"data":1}', b'{"d\\u0061ta":1}', b'{"data":1,"d\\u0061ta":1}', b"", b"{", b"{}"])
def test_data_is_cut_as_python_finds_it(sent: list[bytes]) -> None:
    """The text of `data` is verbatim, of bodies that are strict JSON with one member `data`; others are left alone."""
    assert cut(sent) == [data_of(body) for body in sent]


def test_bodies_of_a_slice_are_cut() -> None:
    """An array that begins within its buffers is read from where it begins."""
    array = pa.array([b'{"data":1}', b'{"data":[1,2,3,4,5,6]}', b'{"data":3}'], pa.binary())[1:]
    data, cuts = cut_data(array, 7)
    assert (cuts, text(data, 0, array.buffers()[2]), text(data, 1, None)) == (2, b"[1,2,3,4,5,6]", b"3")


def clock_of(id_: str) -> datetime | None:
    """The clock of an id, by the rule of the specification."""
    if not re.fullmatch("wh_[0-7][0-9A-HJKMNP-TV-Za-hjkmnp-tv-z]{25}", id_):
        return None
    milliseconds = 0
    for digit in id_[3:13].upper():
        milliseconds = milliseconds * 32 + DIGITS.index(digit)
    if milliseconds >= 253_402_300_800_000:
        return None
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)


IDS = st.text(max_size=30) | st.from_regex("wh_[0-7][0-9A-Za-zé]{25}", fullmatch=True) | st.builds(
    lambda clock, rest: f"wh_{clock}{rest}",
    st.from_regex("0[0-9][0-9A-HJKMNP-TV-Z]{8}|76EZ6F[H-N][0-9Z]{3}", fullmatch=True),
    st.from_regex("[0-9A-HJKMNP-TV-Za-hjkmnp-tv-z]{16}", fullmatch=True),
)  # fmt: skip


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.lists(IDS, max_size=10), st.integers(0, 3))
@example(["wh_76EZ6FJZZZ0000000000000000", "wh_76EZ6FK0000000000000000000", "wh_" + "0" * 26], 0)
def test_clocks_are_read_as_the_specification_says(ids: list[str], begin: int) -> None:
    """An id tells a clock if all of it is a ULID of the years before 10000; anything else tells none."""
    array = pa.array(ids, pa.string())[begin:]
    found = [None if one is None else one.astimezone(UTC) for one in read_clocks(array).to_pylist()]
    assert found == [clock_of(id_) for id_ in ids[begin:]]


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.lists(st.text(max_size=20) | st.sampled_from(["", "wh_1", "wh_2"]), max_size=40), st.integers(0, 3))
@example(["", "", "a"], 0)
@example([f"wh_{number % 5_000}" for number in range(5_001)], 1)
def test_ids_that_are_there_again_are_found(ids: list[str], begin: int) -> None:
    """Each row whose id another row of the slice has too, and no other."""
    array = pa.array(ids, pa.string())[begin:]
    counts = Counter(ids[begin:])
    expected = [row for row, id_ in enumerate(ids[begin:]) if counts[id_] > 1]
    assert repeated_rows(array).to_pylist() == expected


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.lists(st.binary(max_size=40), max_size=6))
def test_a_hash_is_that_of_the_bytes_wherever_they_lie(bodies: list[bytes]) -> None:
    """Equal bodies have one hash, in any array and at any place; others differ, also by zeros at the end."""
    alone = [hash_bodies(pa.array([body], pa.binary()))[0].as_py() for body in bodies]
    assert hash_bodies(pa.array([b"abc", *bodies], pa.binary())[1:]).to_pylist() == alone
    others = {body: hash_bodies(pa.array([body + b"\0"], pa.binary()))[0].as_py() for body in bodies}
    assert len({*alone, *others.values()}) == len({*bodies, *(body + b"\0" for body in others)})


def test_hashes_stay_what_they_are() -> None:
    """A kept hash is compared with one that a later version computes: what makes it must not change unseen."""
    bodies = [b"", b"{}", b'{"id":"wh_1","data":{}}']
    assert hash_bodies(pa.array(bodies, pa.binary())).to_pylist() == KEPT
