"""What a user can mend, as one sentence with the next step."""

import errno
import os

REFUSALS = {
    *(errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ENAMETOOLONG, errno.ELOOP, errno.EFBIG),
    *(errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT, errno.EIO),
}
"""Why a file system refuses a place."""

LACKS = {
    "IOException": "Free space or repair the disk, then run this again; what is published stays as it is",
    "OutOfMemoryException": "Give the machine more memory, or ask for less at once; what is published stays as it is",
}
"""What DuckDB lacks, by the name of its error (the type itself is imported only by who needs it), and what to do."""

REFUSED = tuple(map(os.strerror, (errno.ENOSPC, errno.EDQUOT, errno.EIO)))
"""How the disk's refusal stands in DuckDB's words for it, which it also gives to the error of a failed commit."""

DAMAGE = ("is not a valid DuckDB database file", "Could not read enough bytes", "Corrupt database file")
"""How DuckDB says that a file of its own is not as it was written."""

ROOMS = {"ingest", "warehouse", "pipelines"}


def mendable(error: Exception) -> str | None:
    """Say in a sentence what the user can mend; None for a bug."""
    module, _, _ = type(error).__module__.partition(".")
    if module in ROOMS or (isinstance(error, OSError) and error.errno is None):
        return str(error)
    if isinstance(error, OSError) and error.errno in REFUSALS:
        where = f"{os.fsdecode(error.filename)}: " if error.filename else ""
        return f"{where}{error.strerror}. Check the path, its permissions and the space on its disk."
    if is_damage(error):
        remedy = "Move warehouse.duckdb, if it is that, out of the home, then run nacre build, which publishes it anew"
        return f"{_first_line(error)}. {remedy}; the lake holds everything."
    if module == "_duckdb":
        refused = any(reason in str(error) for reason in REFUSED)
        lack = LACKS.get("IOException" if refused else type(error).__name__)
        return f"{_first_line(error)}. {lack}." if lack else None
    return None


def is_damage(error: Exception) -> bool:
    """Whether DuckDB says that a file of its own is damaged or cut off."""
    return type(error).__module__ == "_duckdb" and any(sign in str(error) for sign in DAMAGE)


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0].rstrip("!.")
