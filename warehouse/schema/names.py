"""Names of schemas, tables and columns: spelled as the sender spells them, unique as DuckDB compares them."""

from __future__ import annotations

import re
from collections.abc import Iterable

_OURS = ("core", "analytics", "ops", "build", "warehouse")
_DUCKDB = ("main", "information_schema", "pg_catalog", "temp", "system", "memory")
_FILES = ("company_", "warehouse_")
"""How the files that are published for some begin; DuckDB takes a file's name for its database's."""

_ASCII_LOWER = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")
_OTHER = re.compile("[^A-Za-z0-9_]")


def folded(name: str) -> str:
    """The name as DuckDB compares identifiers: without regard to the case of ASCII letters."""
    return name.lower() if name.isascii() else name.translate(_ASCII_LOWER)


class Names:
    """Names handed out in order: where two would meet, the later gets `_2`, then `_3`."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = {folded(name) for name in taken}

    def take(self, wish: str) -> str:
        """The wished name, or the next free one like it."""
        wish = wish or "_"
        name, count = wish, 1
        while folded(name) in self._taken:
            count += 1
            name = f"{wish}_{count}"
        self._taken.add(folded(name))
        return name


def table_wish(event_name: str) -> tuple[str, str]:
    """Schema and table that an event_name asks for: `expenses.expense_approved` is that table in that schema."""
    namespace, dot, event = event_name.partition(".")
    if not dot:
        namespace, event = "events", event_name
    schema = _OTHER.sub("_", namespace) or "_"
    if _is_reserved(folded(schema)):
        schema += "_events"
    return schema, _OTHER.sub("_", event) or "_"


def _is_reserved(schema: str) -> bool:
    """Whether `schema.table` could be read as something else in one of our files: DuckDB then refuses to guess."""
    return schema in (*_OURS, *_DUCKDB) or schema.startswith(_FILES)


def child_wish(table_name: str, keys: Iterable[str | None]) -> str:
    """The table of an array inside an event: the event's table, `__`, the path; `__` again at each array within."""
    parts: list[list[str]] = [[]]
    for key in keys:
        if key is None:
            parts.append([])
        else:
            parts[-1].append(_OTHER.sub("_", key))
    return "__".join([table_name, *("_".join(part) for part in parts if part)])


def json_path(steps: Iterable[str | None]) -> str:
    """The RFC 9535 normalized path, with `[*]` for the elements of an array."""
    return "$" + "".join("[*]" if step is None else f"['{_escaped(step)}']" for step in steps)


_ESCAPES = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", "'": "\\'", "\\": "\\\\"}
_TO_ESCAPE = re.compile(r"[\x00-\x1f'\\]")


def _escaped(key: str) -> str:
    return _TO_ESCAPE.sub(lambda found: _ESCAPES.get(found[0]) or f"\\u{ord(found[0]):04x}", key)


def json_pointer(keys: Iterable[str | None]) -> str:
    """The RFC 6901 pointer of a way through objects only."""
    return "".join("/" + str(key).replace("~", "~0").replace("/", "~1") for key in keys)


_STEP = re.compile(r"\[(?:(\*)|'((?:[^'\\]|\\.)*)')\]", re.DOTALL)
_UNESCAPE = re.compile(r"\\(u[0-9a-f]{4}|.)", re.DOTALL)
_UNESCAPES = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r"}


def steps_of(path: str) -> tuple[str | None, ...]:
    """The keys of a normalized path as `json_path` writes it; None for `[*]`. Raises ValueError for other texts."""
    found = list(_STEP.finditer(path))
    if not path.startswith("$") or "".join(step.group() for step in found) != path[1:]:
        message = f"{path!r} is not a normalized JSON path such as $['expense']['amount'] or $['items'][*]['sku']."
        raise ValueError(message)
    return tuple(None if step[1] else _UNESCAPE.sub(_unescaped, step[2]) for step in found)


def _unescaped(escape: re.Match[str]) -> str:
    code = escape[1]
    return chr(int(code[1:], 16)) if len(code) > 1 else _UNESCAPES.get(code, code)
