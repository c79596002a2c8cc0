"""SQLite connections that survive their closing, to be handed out again: for those who open one for each statement."""

import sqlite3
import threading
from typing import Any

Place = tuple[str, int]
"""A file, and the thread that may use a connection to it."""


class _Kept(sqlite3.Connection):
    """A connection whose close gives it back."""

    giver: "KeptConnections"
    place: Place

    def close(self) -> None:
        """Undo what was not committed, and wait for the next who wants it."""
        self.rollback()
        self.giver.take_back(self)

    def end(self) -> None:
        """Close it."""
        super().close()


class KeptConnections:
    """All connections of one run, of which each has one user at a time."""

    def __init__(self) -> None:
        self._idle: dict[Place, list[_Kept]] = {}
        self._all: list[_Kept] = []

    def connect(self, _dialect: Any, _record: Any, arguments: list[Any], options: dict[str, Any]) -> sqlite3.Connection:
        """Hand out an idle connection to the file, or open one: an answer to SQLAlchemy's event do_connect."""
        place = str(arguments[0]), threading.get_ident()
        idle = self._idle.setdefault(place, [])
        if idle:
            return idle.pop()
        made: _Kept = sqlite3.connect(*arguments, **options | {"factory": _Kept, "check_same_thread": False})
        made.giver, made.place = self, place
        made.execute("pragma journal_mode = wal")
        made.execute("pragma synchronous = normal")
        self._all.append(made)
        return made

    def take_back(self, connection: _Kept) -> None:
        """Keep a connection for the next user in its thread."""
        self._idle[connection.place].append(connection)

    def close(self) -> None:
        """Close them all."""
        for connection in self._all:
            connection.end()
