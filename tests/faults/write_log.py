# ruff: noqa: A001, ANN001, ANN201, ARG001, PLW0603 - the signatures are nbdkit's, and run by its own Python
"""A plugin of nbdkit: a disk in a file that writes down each change it is asked for, in order, with its time.

The log's records are `time offset length` as three 64-bit numbers, then the data; a trim is a write of zeros.
"""

import os
import struct
import time

given = {}
disk = log = -1


def config(key, value):
    given[key] = value


def get_ready():
    global disk, log
    disk = os.open(given["image"], os.O_RDWR)
    log = os.open(given["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)


def open(readonly):
    return 1


def get_size(handle):
    return os.fstat(disk).st_size


def can_flush(handle):
    return True


def pread(handle, count, offset):
    return os.pread(disk, count, offset)


def pwrite(handle, data, offset):
    os.pwrite(disk, data, offset)
    os.write(log, struct.pack("<QQQ", time.monotonic_ns(), offset, len(data)) + bytes(data))


def zero(handle, count, offset, may_trim):
    pwrite(handle, bytes(count), offset)


def trim(handle, count, offset):
    pwrite(handle, bytes(count), offset)


def flush(handle):
    """Nothing to do: every prefix of the writes is looked at, flushed or not."""
