"""SQL statements that the warehouse runs on itself, one in each file; what analysts see lives in `warehouse/sql`."""

from functools import cache
from importlib.resources import files


@cache
def statement(name: str) -> str:
    """The text of `<name>.sql` in this folder, where name may hold a subfolder: `load/winners`."""
    return files(__name__).joinpath(f"{name}.sql").read_text(encoding="utf-8")
