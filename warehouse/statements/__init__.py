"""SQL statements that the warehouse runs on itself, one in each file; what analysts see lives in `warehouse/sql`."""

from functools import cache
from importlib.resources import files


@cache
def statement(name: str) -> str:
    """The text of `<name>.sql` in this folder, where name may hold a subfolder: `load/winners`."""
    return files(__name__).joinpath(f"{name}.sql").read_text(encoding="utf-8")


def statements_in(folder: str) -> list[str]:
    """The texts of all statements in a subfolder, in the order of their names."""
    found = (file for file in files(__name__).joinpath(folder).iterdir() if file.name.endswith(".sql"))
    return [file.read_text(encoding="utf-8") for file in sorted(found, key=lambda file: file.name)]
