"""A child: feeds broken documents to a library compiled with checks; `mutations.py LIBRARY COUNT SEED`."""

from __future__ import annotations

import ctypes
import sys
from random import Random

import pyarrow as pa

LIBRARY, COUNT, SEED = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
checked = ctypes.CDLL(LIBRARY)
ctypes.CDLL = lambda _path: checked  # type: ignore[assignment, misc] # instead of the installed one

from warehouse.native import Program, Takes, cut_data, hash_bodies, read_clocks, repeated_rows  # noqa: E402 # behind the line above
from warehouse.native.flattening import TYPES  # noqa: E402

VALUES = [
    b"null", b"true", b"-12.50", b"9223372036854775807", b"1e400", b"0.30000000000000004", b'"2026-01-31"', b"[]",
    b'"2026-01-31T10:00:00.123456+05:30"', b'"\\ud83d\\ude42\\u0000\\n"', b'[1,null,"x",true]', b'"631.87"', b"{}",
    b'{"decimal":"1.5","currencyCode":"EUR"}', b'[{"n":1},{"n":[{"m":2}],"q":7}]', b'{"deep":[[[{"a":"\\"b"}]]]}',
]  # fmt: skip


def exact(content: bytes, type_: pa.DataType) -> pa.Array:
    """An array of one text whose bytes end where the memory given for them ends."""
    memory = (ctypes.c_char * len(content)).from_buffer_copy(content)
    data = pa.foreign_buffer(ctypes.addressof(memory), len(content), memory)
    offset = ctypes.c_int64 if type_ == pa.large_string() else ctypes.c_int32
    offsets = pa.py_buffer((offset * 2)(0, len(content)))
    return pa.Array.from_buffers(type_, 1, [None, offsets, data])


def broken(random: Random) -> bytes:
    """A document, as a sender might have meant it, with some bytes lost, doubled, swapped or set."""
    members = [b'"%b":%b' % (random.choice(KEYS), random.choice(VALUES)) for _ in range(random.randrange(6))]
    content = bytearray(b"{" + b", ".join(members) + b"}")
    for _ in range(random.choice((0, 1, 1, 3, 9))):
        at = random.randrange(len(content) + 1)
        content[at : at + random.randrange(4)] = random.choice(
            (b"", b'"', b"\\", b"\\u", b"\xff", b"0", b"{", b"]", b",")
        )
    return bytes(content[: random.choice((None, random.randrange(len(content) + 1)))])


KEYS = [name.encode() for name in TYPES] + [b"list", b"in", b"array", b"", b"\\u0069n", b"unknown", b"decimal"]


def program_of_all() -> Program:
    """A program with a column of each type, and all other kinds of places."""
    program = Program()
    top, array, inner = (program.table() for _ in range(3))
    for type_ in TYPES:
        program.column(top, program.root(top), type_, type_, Takes.NUMERIC_TEXT)
    program.column(top, program.root(top), "list", "VARCHAR[]")
    money = program.members(program.root(top), "in")
    both = [program.column(top, money, key, "VARCHAR") for key in ("decimal", "currencyCode")]
    program.money(money, both[0], both[1])
    program.elements(program.root(top), "array", array)
    program.elements(program.root(array), "n", inner)
    program.column(inner, program.root(inner), "m", "DOUBLE[]")
    program.rest(top)
    return program


def main() -> None:
    """Run; the library ends the process where it does what it must not."""
    random = Random(SEED)
    taken = 0
    program = program_of_all()
    for _ in range(COUNT):
        content = broken(random)
        text = exact(content, pa.large_string())
        taken += 1 - len(program.run(pa.chunked_array([text])))
        program.taken(0)
        if random.random() < 0.01:
            program.clear()
        body = b'{"id":"wh_1","data":' + content + b"}"
        cut_data(exact(body, pa.binary()), 0)
        hash_bodies(exact(body, pa.binary()))
        repeated_rows(exact(body[: random.randrange(20)], pa.string()))
        read_clocks(exact(b"wh_01J19XRFZ2Q4QBDC6CA461AGT7"[: random.randrange(30)] + content[:1], pa.string()))
    sys.stdout.write(f"{taken} of {COUNT} were taken")


if __name__ == "__main__":
    main()
