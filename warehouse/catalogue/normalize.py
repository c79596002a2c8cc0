"""Dotted paths, as people write them, and RFC 9535 normalized paths, as the warehouse records them."""

import re

_STEP = re.compile(r"([^.\[\]]+)((?:\[\*\])?)")


def normalized(root: str, path: str) -> str:
    """The RFC 9535 normalized path of a dotted one: `expense` and `name` make $['expense']['name']."""
    dotted = path if root == "$" else f"{root}.{path}"
    return "$" + "".join(f"['{key}']{array}" for key, array in _STEP.findall(dotted))
