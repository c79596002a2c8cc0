"""A child: DuckDB's `read_json` of an NDJSON file into one table of a new database file, checkpointed."""

import sys
from pathlib import Path

import duckdb

QUERIES = {
    "envelope": "create table raw as select * from read_json(?, format = 'newline_delimited',"
    " columns = {event_name: 'VARCHAR', id: 'VARCHAR', company_id: 'VARCHAR', data: 'JSON'})",
    "line": "create table raw as select * from read_json(?, format = 'newline_delimited',"
    " records = false, columns = {body: 'JSON'})",
    "typed": "create table raw as select * from read_json(?, format = 'newline_delimited', sample_size = -1)",
}
"""The envelope's four columns with `data` as JSON; cheaper still, each line whole as one JSON value; and, dearer, all
typed, `data` as one struct of every key, after a look at every line."""


def main() -> None:
    form, file, database = sys.argv[1:]
    path = Path(database)
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as connection:
        connection.execute("set memory_limit = '1500MB'")
        connection.execute(QUERIES[form], [file])
        connection.execute("checkpoint")
        rows = connection.execute("select count(*) from raw").fetchall()[0][0]
    sys.stdout.write(str(rows))


if __name__ == "__main__":
    main()
