"""Further connections to a file that is open."""

from __future__ import annotations

import duckdb

from warehouse.quoting import quote


def sibling(con: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """Another connection to the same file, with the settings that belong to a connection; sees what is committed."""
    catalog, zone = con.execute("select current_catalog(), current_setting('TimeZone')").fetchall()[0]
    made = con.cursor()
    made.execute("use " + quote(catalog))
    made.execute("set TimeZone = $zone", {"zone": zone})
    return made
