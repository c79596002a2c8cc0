"""The files of `sql/`, one object each, read with what they depend on, so that lineage cannot drift from the SQL.

What parsing a file tells stands in `sql/lineage.json` beside the hash of the text it was told of, because a build
should not wait for a parser; a file that has changed since is parsed.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from warehouse.quoting import quote

if TYPE_CHECKING:
    from sqlglot import exp

__all__ = ["RECORDED", "SQL", "SqlObject", "fingerprint", "objects", "parsed"]

SQL = Path(__file__).parent / "sql"
RECORDED = SQL / "lineage.json"


@dataclass(frozen=True, slots=True)
class SqlObject:
    """One file of `sql/`: what it makes, what one row of it is, and what it reads."""

    schema_name: str
    name: str
    path: Path
    grain: str
    key: str
    depends_on: list[str]
    columns: tuple[str, ...]
    parameters: str | None = None
    description: str = ""
    query: str = field(default="", repr=False)
    lineage: Mapping[str, list[str]] = field(default_factory=dict, repr=False)
    """The columns that each column is made of, as `schema.object.column`; empty where the file has just changed."""

    @property
    def full_name(self) -> str:
        """`schema.name`, as it stands in depends_on of others."""
        return f"{self.schema_name}.{self.name}"

    @property
    def kind(self) -> str:
        """`view` or `macro`."""
        return "view" if self.parameters is None else "macro"

    @property
    def words(self) -> str:
        """What is said of the object, in one line."""
        return " ".join(filter(None, (f"Grain: {self.grain}. Key: {self.key}.", self.description)))

    @property
    def statement(self) -> str:
        """The statement that makes the object."""
        name = f"{quote(self.schema_name)}.{quote(self.name)}"
        head = f"view {name} as" if self.parameters is None else f"macro {name}{self.parameters} as table"
        return f"create or replace {head}\n{self.query}"


def objects(folder: Path = SQL) -> list[SqlObject]:
    """All objects of `sql/`, each behind those it depends on."""
    return list(_objects(folder))


@cache
def _objects(folder: Path) -> tuple[SqlObject, ...]:
    found = {made.full_name: made for made in (_read(path) for path in sorted(folder.glob("*/*.sql")))}
    graph = {name: [other for other in made.depends_on if other in found] for name, made in found.items()}
    return tuple(found[name] for name in TopologicalSorter(graph).static_order())


def _read(path: Path) -> SqlObject:
    """One file: its header lines, then the query."""
    text = path.read_text(encoding="utf-8")
    header: dict[str, str] = {}
    described: list[str] = []
    for line in text.splitlines():
        if not line.startswith("--"):
            break
        word, colon, rest = line.removeprefix("--").strip().partition(": ")
        if colon and word in {"grain", "key", "macro"}:
            header[word] = rest
        else:
            described.append(line.removeprefix("--").strip())
    query = text.rstrip().removesuffix(";")
    name = f"{path.parent.name}.{path.stem}"
    known = _recorded().get(name, {})
    if known.get("fingerprint") != fingerprint(text):
        known = parsed(name, query)
    return SqlObject(
        schema_name=path.parent.name,
        name=path.stem,
        path=path,
        grain=header["grain"],
        key=header["key"],
        depends_on=known["depends_on"],
        columns=tuple(known["columns"]),
        parameters=header.get("macro"),
        description=" ".join(filter(None, described)),
        query=query,
        lineage=known.get("lineage", {}),
    )


def fingerprint(text: str) -> str:
    """A text that changes with the file."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def parsed(name: str, query: str) -> dict[str, Any]:
    """What the parser tells of a query: its columns, and the tables, views and macros it reads."""
    import sqlglot  # noqa: PLC0415 - it takes a tenth of a second, and what it tells is recorded
    from sqlglot import exp  # noqa: PLC0415

    tree = sqlglot.parse_one(query, dialect="duckdb")
    if not isinstance(tree, exp.Query):
        message = f"{name} holds no query; only what stands behind `create view … as` belongs there"
        raise TypeError(message)
    # the names with a schema; those without are its own CTEs
    read = sorted({f"{table.db}.{source_name(table)}" for table in tree.find_all(exp.Table) if table.db})
    return {"columns": list(tree.named_selects), "depends_on": read}


def source_name(table: "exp.Table") -> str:
    """The name of a table, or of a table macro that is called."""
    from sqlglot import exp  # noqa: PLC0415

    if isinstance(table.this, exp.Anonymous):
        return str(table.this.this)
    return table.this.sql_name().lower() if isinstance(table.this, exp.Func) else table.name


@cache
def _recorded() -> dict[str, dict[str, Any]]:
    """What was told of the files as they were when it was recorded."""
    return dict(json.loads(RECORDED.read_text(encoding="utf-8"))) if RECORDED.exists() else {}
