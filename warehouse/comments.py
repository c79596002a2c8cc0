"""What each column of the views means: one word, one meaning, in `sql/columns.yaml`."""

from collections.abc import Iterable
from functools import cache

import yaml

from warehouse.objects import SQL


def column_comments(view: str, columns: Iterable[str]) -> dict[str, str]:
    """The meaning of each column; `view.column` in the file overrules `column`."""
    known = _meanings()
    return {column: known.get(f"{view}.{column}") or known[column] for column in columns}


@cache
def _meanings() -> dict[str, str]:
    """The file."""
    read: dict[str, str] = yaml.safe_load((SQL / "columns.yaml").read_text(encoding="utf-8"))
    return {column: " ".join(text.split()) for column, text in read.items()}
