"""What `make test` tries of many cases that show the same: `make thorough` tries the others."""

from collections.abc import Iterable
from typing import Any

import pytest


def shortened(cases: Iterable[Any], kept: int) -> list[Any]:
    """All cases; but for so many, evenly spread, they are left to `make thorough`."""
    every = [case if isinstance(case, tuple) else (case,) for case in cases]
    first = {-(-turn * len(every) // kept) for turn in range(kept)}
    return [
        pytest.param(*case, marks=() if number in first else pytest.mark.thorough) for number, case in enumerate(every)
    ]
