"""The part that is written in C: JSON read once, where it lies, without a Python object for each value.

`make install` compiles it (hatch_build.py). Its functions work on the buffers of Arrow arrays and let go of the
interpreter's lock while they run.
"""

from warehouse.native.clocks import read_clocks
from warehouse.native.cutting import VIEW, cut_data
from warehouse.native.flattening import Program, Taken, Takes
from warehouse.native.hashing import hash_bodies, repeated_rows

__all__ = ["VIEW", "Program", "Taken", "Takes", "cut_data", "hash_bodies", "read_clocks", "repeated_rows"]
