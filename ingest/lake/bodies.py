"""Bodies as JSON that forgets nothing: repeated keys, and the digits of numbers as they were sent."""

import json
from collections.abc import Iterator
from typing import Any

Steps = tuple[str | None, ...]
"""The keys down to a place; None for the elements of an array."""


class Members(list[tuple[str, Any]]):
    """The members of an object; a key may stand in it more than once, and each of its values counts."""


def read(body: bytes) -> Any:
    """The value of a body. Raises ValueError or RecursionError where it is none that can be read."""
    return json.loads(body, parse_int=str, parse_float=str, parse_constant=str, object_pairs_hook=Members)


def text_of(leaf: Any) -> str | None:
    """A scalar as text; None for null, objects and arrays."""
    if isinstance(leaf, bool):
        return "true" if leaf else "false"
    return leaf if isinstance(leaf, str) else None


def texts(value: Any) -> Iterator[tuple[Steps, str, Members | None]]:
    """Every key and every scalar but true and false, as text, with its place and the object it stands in."""
    waiting: list[tuple[Steps, Any, Members | None]] = [((), value, None)]
    while waiting:
        steps, one, owner = waiting.pop()
        if isinstance(one, Members):
            for key, member in one:
                yield (*steps, key), key, one
                waiting.append(((*steps, key), member, one))
        elif isinstance(one, list):
            waiting += [((*steps, None), element, owner) for element in one]
        elif isinstance(one, str):
            yield steps, one, owner


def written(value: str) -> tuple[bytes, ...]:
    """How a text may stand in a body that is no JSON."""
    forms = [value.encode(), json.dumps(value)[1:-1].encode()]
    forms += [value.encode("latin-1")] if value.isascii() or max(value) < "\u0100" else []
    forms += [value.encode("utf-16-le"), value.encode("utf-16-be")]
    return tuple(dict.fromkeys(forms))
