"""Python's collector of cycles, kept from walking through all that Dagster is made of again and again.

It starts each time that some hundreds of objects are new, and an import makes thousands that stay: a quarter of the
time in which Dagster is imported goes into looking for garbage that is not there.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

OBJECTS = 50_000
"""New objects before the collector looks at the young ones; Python's own number is 700 (since 3.14: 2,000)."""


@contextmanager
def few_collections() -> Iterator[None]:
    """Collect rarely meanwhile."""
    before = gc.get_threshold()
    gc.set_threshold(OBJECTS, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
