"""Dagster's SQLite files during a run: one connection where Dagster opens hundreds."""

import sqlite3
from pathlib import Path

from sqlalchemy import NullPool, create_engine, text

from pipelines.instance import gentle_sqlite
from pipelines.kept_connections import KeptConnections


def written(path: Path, statement: str, *, commits: bool) -> int:
    """Run a statement as Dagster does, on an engine and a connection of its own; which connection it was."""
    engine = create_engine(f"sqlite:///{path}", poolclass=NullPool)
    with engine.connect() as connection:
        connection.execute(text(statement))
        if commits:
            connection.commit()
        return id(connection.connection.dbapi_connection)


def test_a_closed_connection_is_used_again(tmp_path: Path) -> None:
    """What was committed stays, what was not is undone, and each next one is served by the connection before it."""
    path = tmp_path / "run.db"
    with gentle_sqlite():
        used = {
            written(path, "create table events (id integer)", commits=True),
            written(path, "insert into events values (1)", commits=True),
            written(path, "insert into events values (2)", commits=False),
            written(path, "insert into events values (3)", commits=True),
        }
    with sqlite3.connect(path) as connection:
        found = connection.execute("select id from events").fetchall()
    connection.close()
    assert (len(used), found) == (1, [(1,), (3,)])


def test_two_at_once_are_two(tmp_path: Path) -> None:
    """A connection that is in use is not handed out a second time."""
    engine = create_engine(f"sqlite:///{tmp_path / 'run.db'}", poolclass=NullPool)
    with gentle_sqlite(), engine.connect() as one, engine.connect() as other:
        assert one.connection.dbapi_connection is not other.connection.dbapi_connection


def test_what_was_not_committed_is_undone_by_closing(tmp_path: Path) -> None:
    """Closing ends a transaction, as closing an SQLite connection does."""
    kept = KeptConnections()
    connection = kept.connect(None, None, [str(tmp_path / "run.db")], {})
    connection.execute("create table events (id integer)")
    connection.execute("insert into events values (1)")
    connection.close()
    again = kept.connect(None, None, [str(tmp_path / "run.db")], {})
    assert (again is connection, again.execute("select id from events").fetchall()) == (True, [])
    kept.close()
