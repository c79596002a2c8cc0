"""What a build holds of memory: little where the warehouse is small, and nothing that is free after a step."""

from __future__ import annotations

from ctypes import CDLL

import duckdb
import pyarrow as pa

from warehouse.connections import write_out

SMALL = 64 * 2**20
"""Bytes of the build file up to which a warehouse is small."""

ALONE = 16 * 2**20
"""Bytes up to which a second thread costs more memory and time than it saves."""

GROWTH = 8
"""Bytes that a byte of segments becomes in the build file, about."""

KEPT = {"allocator_flush_threshold": "128MB", "allocator_bulk_deallocation_flush_threshold": "512MB"}
"""Settings of what DuckDB may keep of memory that is free, and as it sets them by itself."""

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8
"""malloc.h"""
AT_ONCE = 64 * 2**10
"""Bytes that are worth a call of the system."""


def prepare(con: duckdb.DuckDBPyConnection, size: int) -> None:
    """Let memory suit a load of so many bytes of segments, and what is made of it.

    Little is kept in a small warehouse; in a large one that would cost time. Arrow's arrays come from the C library:
    its own pool takes 50 MB at its first use, and has the kernel clear memory anew for each batch.
    """
    (held,) = con.execute("select sum(block_size * total_blocks) from pragma_database_size()").fetchall()[0]
    expected = int(held) + GROWTH * size
    small = expected <= SMALL
    pa.set_memory_pool(pa.system_memory_pool())
    if small:
        _return_at_once()
    for name, usual in KEPT.items():
        con.execute("set " + name + " = $kept", {"kept": "1MB" if small else usual})
    con.execute("set variable is_small = $small", {"small": small})
    (threads,) = con.execute("select getvariable('threads')").fetchall()[0]
    if threads is not None:
        con.execute("set threads = $threads", {"threads": 1 if expected <= ALONE else threads})


def choose_threads(con: duckdb.DuckDBPyConnection, most: int) -> None:
    """Let `prepare` choose how many threads a load deserves, at most so many."""
    con.execute("set variable threads = $most", {"most": most})


def _return_at_once() -> None:
    """Let the C library map what is large by itself, return the end of its heap, and have one heap for all threads.

    (mallopt(3); other C libraries than glibc know no such settings, and are left alone.)
    """
    mallopt = getattr(CDLL(None), "mallopt", None)
    if mallopt is not None:
        for parameter in (M_TRIM_THRESHOLD, M_MMAP_THRESHOLD):
            mallopt(parameter, AT_ONCE)
        mallopt(M_ARENA_MAX, 1)


def limit_memory(con: duckdb.DuckDBPyConnection, limit: str) -> None:
    """Let DuckDB hold no more than this, such as `1500MB`."""
    con.execute("set memory_limit = $limit", {"limit": limit})
    con.execute("set variable memory_limit = $limit", {"limit": limit})


def settle(con: duckdb.DuckDBPyConnection) -> None:
    """In a small warehouse, write what is committed to the file, and give back what held it; outside a transaction.

    In a large one, let it come to the disk by and by.
    """
    (small,) = con.execute("select getvariable('is_small')").fetchall()[0]
    if small:
        con.execute("force checkpoint")
        give_back(con)
    else:
        write_out(con)


def give_back(con: duckdb.DuckDBPyConnection) -> None:
    """In a small warehouse, return to the system what is free: the next step asks for memory of other sizes.

    DuckDB does so whenever its limit is set, also to what it was.
    """
    small, limit = con.execute("select getvariable('is_small'), getvariable('memory_limit')").fetchall()[0]
    if small:
        pa.default_memory_pool().release_unused()
        con.execute("set memory_limit = $limit", {"limit": limit})
