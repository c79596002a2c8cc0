"""The columns that each column of a view is made of, traced through its SQL and recorded in `sql/lineage.json`.

`python -m warehouse.lineage` records them anew; a test fails when a file of `sql/` has changed since.
"""

import json
from collections import defaultdict
from typing import Any

import duckdb
import sqlglot
from sqlglot import exp
from sqlglot.lineage import lineage
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import build_scope

from warehouse import processes
from warehouse.build import create_objects
from warehouse.objects import RECORDED, SqlObject, fingerprint, objects, parsed, source_name
from warehouse.views import refresh

Schema = dict[str, dict[str, dict[str, str]]]


def recorded() -> dict[str, dict[str, Any]]:
    """What is to be recorded of every file of `sql/`."""
    schema = known_columns()
    return {
        one.full_name: {
            "fingerprint": fingerprint(one.path.read_text(encoding="utf-8")),
            **parsed(one.full_name, one.query),
            "lineage": traced(one, schema),
        }
        for one in sorted(objects(), key=lambda one: one.full_name)
    }


def known_columns() -> Schema:
    """The columns of every table, view and macro of an empty warehouse, by schema and name."""
    schema: Schema = defaultdict(lambda: defaultdict(dict))
    with duckdb.connect() as con:
        con.execute("set timezone = 'UTC'")
        create_objects(con)
        processes.advance(con)
        refresh(con)
        query = "select schema_name, table_name, column_name, data_type from duckdb_columns() where not internal"
        for schema_name, table, column, data_type in con.execute(query).fetchall():
            schema[schema_name][table][column] = data_type
    for one in objects():
        if one.kind == "macro":
            schema[one.schema_name][one.name] = dict.fromkeys(one.columns, "VARCHAR")
    return schema


def traced(one: SqlObject, schema: Schema) -> dict[str, list[str]]:
    """The columns that each column of a view or macro is made of, as `schema.object.column`."""
    tree = sqlglot.parse_one(one.query, dialect="duckdb").transform(_without_call)
    # stubs of sqlglot want dict[str, object], which is invariant
    known: Any = schema
    query = qualify(tree, dialect="duckdb", schema=known, validate_qualify_columns=False, identify=False)
    scope = build_scope(query)
    found: dict[str, list[str]] = {}
    for column in one.columns:
        node: Any = lineage(column, query, schema=known, scope=scope, dialect="duckdb")
        found[column] = sorted({_place(leaf) for leaf in node.walk() if _is_source(leaf)})
    return found


def main() -> None:
    """Record everything, an object a line."""
    lines = [f"{json.dumps(name)}: {json.dumps(told)}" for name, told in recorded().items()]
    RECORDED.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def _without_call(node: exp.Expr) -> exp.Expr:
    """A call of a table macro as a table of its name, because a tracer knows the columns of tables."""
    if isinstance(node, exp.Table) and node.db and not isinstance(node.this, exp.Identifier):
        name = exp.to_identifier(source_name(node))
        return exp.Table(this=name, db=node.args["db"], alias=node.args.get("alias"))
    return node


def _is_source(leaf: Any) -> bool:
    return not leaf.downstream and isinstance(leaf.source, exp.Table) and bool(leaf.source.db)


def _place(leaf: Any) -> str:
    column = leaf.name.rpartition(".")[2].strip('"')
    return f"{leaf.source.db}.{leaf.source.name}.{column}"


if __name__ == "__main__":
    main()
