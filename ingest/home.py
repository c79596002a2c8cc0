"""The folder that `NACRE_HOME` names: the one setting that all commands read, so without the library for the others.

To import that library takes a tenth of a second, which is a fifth of what `nacre sql` or a build of nothing takes.
"""

import os
from pathlib import Path
from urllib.parse import unquote

DEFAULT = Path("data")
VARIABLE = "NACRE_HOME"
_TAKEN_OTHERWISE = frozenset("?*[\\")
"""By SQLite's URLs or DuckDB's paths, or by Dagster as a pattern: it misses its settings then, and telemetry is on."""


class SettingsError(Exception):
    """A setting that cannot be used; the message names its environment variable."""

    def __init__(self, variable: str, problem: str) -> None:
        """Name the variable and say what is wrong with it."""
        self.variable = variable
        super().__init__(f"{variable} {problem}.")


def named_home() -> Path:
    """The home as `ingest.settings` reads it: in a name of any case, and empty as if not set. Raises SettingsError."""
    named = {name.upper(): value for name, value in os.environ.items()}.get(VARIABLE)
    try:
        return usable_home(Path(named) if named else DEFAULT)
    except ValueError as error:
        raise SettingsError(VARIABLE, f"cannot be used: {error}") from None


def usable_home(home: Path) -> Path:
    """An absolute folder that SQLite's URLs and DuckDB's paths can name. Raises ValueError on one that they cannot."""
    try:
        found = home.expanduser().absolute()
    except RuntimeError:
        msg = f"the home directory of the user in {home} is not known; name a folder"
        raise ValueError(msg) from None
    text = os.fsencode(found).decode("utf-8", "backslashreplace")
    if text != str(found) or set(text) & _TAKEN_OTHERWISE or unquote(text) != text:
        msg = (
            f"{text} has a character in its path that Dagster or DuckDB cannot take: ?, *, [, \\, bytes that are"
            " no UTF-8, or % before two hexadecimal digits; name another folder"
        )
        raise ValueError(msg)
    return found
