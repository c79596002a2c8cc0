"""Query the published file in a loop until stdin ends, as an analyst's tool would; run as a process of its own."""

import json
import select
import sys

import duckdb

CONSISTENT = """
select
    (select count(*) from core.events) as events,
    (select coalesce(sum(rows), 0)::bigint from ops.tables where json_path = '$') as typed,
    (select coalesce(sum(events), 0)::bigint from analytics.expense_approval_timeline) as told
"""


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> None:
    """Print how many queries were answered, every error, and each distinct answer in order."""
    errors: list[str] = []
    seen: list[list[int]] = []
    queries = 0
    while not select.select([sys.stdin], [], [], 0.05)[0]:  # it leaves the builds some of the processor
        try:
            with duckdb.connect(sys.argv[1], read_only=True) as connection:
                answers = [connection.execute(CONSISTENT).fetchall()[0] for _ in range(2)]
        except duckdb.Error as error:
            errors.append(str(error))
            continue
        queries += 1
        if answers[0] != answers[1]:
            errors.append(f"one connection saw {answers}")
        if not seen or seen[-1] != list(answers[0]):
            seen.append(list(answers[0]))
        if queries == 1:
            say("reading")
    say(json.dumps({"queries": queries, "errors": errors, "seen": seen}))


if __name__ == "__main__":
    main()
