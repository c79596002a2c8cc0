"""`nacre forget`: what is erased is in no file any more, and stays out."""

import json
import os
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result

from ingest.lake import EventRow, Lake, QuarantineRow
from ingest.lake.erasures import erasures
from pipelines import forgetting
from pipelines.cli import nacre
from pipelines.home import Home
from pipelines.pending import whats_pending
from pipelines.rebuilding import rebuild
from warehouse import erasure

AT = 1_794_000_000_000_000
CANARY = b"canary"
ID = "wh_canary01"
BY_PATH = ("--path", "$['person']['email']", "--value", "canary@example.com")
BY_PERSON = ("--person", "Canary@example.com")
DAY = 86_400_000_000


def body(event_id: str, data: dict[str, Any], **more: str) -> bytes:
    return json.dumps({"event_name": "people.hired", "id": event_id, "company_id": "C1", "data": data, **more}).encode()


def row(event_id: str, data: dict[str, Any], at: int) -> EventRow:
    return EventRow(event_id, "people.hired", "C1", AT + at, body(event_id, data))


PERSON = {"person": {"email": "canary@example.com", "canarykey": 7}, "since": "2026-01-01"}


@pytest.fixture
def infested(home: Home) -> Home:
    """A lake with a person in an event, its duplicate, its conflict, a like event, and two quarantined bodies.

    The like event has an event_name of its own, which tells the person too.
    """
    lake = Lake(home.root)
    others = [row(f"wh_other{at}", {"person": {"email": f"p{at}@example.com"}}, at) for at in range(3)]
    lake.write_events([row(ID, PERSON, 0), *others], "w1")
    lake.write_events([row(ID, PERSON, 5), row(ID, {"note": "canary conflict"}, 6)], "w1")
    like = body("wh_echo", {**PERSON, "list": [{"canarychild": 1}]}, event_name="people.canary")
    lake.write_events([EventRow("wh_echo", "people.canary", "C1", AT + 7, like), row("wh_last", {"n": 1}, 8)], "w1")
    broken = [body(ID, PERSON, event_name=""), b'{"data": "canary@example.com', b"\xff nothing"]
    rows = [QuarantineRow(f"q-{at}", AT + at, "not_json", "no", raw) for at, raw in enumerate(broken)]
    lake.write_quarantine(rows, "w1")
    return home


def run(*arguments: str) -> Result:
    return CliRunner().invoke(nacre, ["forget", *arguments])


def traces(home: Home) -> list[str]:
    """The files that hold the canary: in their bytes, or in what Parquet and DuckDB have compressed in them."""
    found = set()
    for path in [path for path in home.root.rglob("*") if path.is_file()]:
        if CANARY in path.read_bytes() or CANARY in path.name.encode():
            found.add(str(path.relative_to(home.root)))
    for path in home.root.glob("lake/*/*/*.parquet"):
        if CANARY in repr(pq.read_table(path, partitioning=None).to_pylist()).encode():
            found.add(str(path.relative_to(home.root)))
    for path in (home.build, home.published):
        with duckdb.connect(str(path), read_only=True) as con:
            tables = con.execute("select schema_name, table_name from duckdb_tables() where not internal").fetchall()
            said = [repr((table, con.table(".".join(table)).columns, con.table(".".join(table)).fetchall())) for table
                    in tables]  # fmt: skip
            if any(CANARY in one.encode() for one in said):
                found.add(path.name)
    return sorted(found)


def ids(home: Home) -> list[str]:
    with duckdb.connect(str(home.published), read_only=True) as con:
        return [name for (name,) in con.execute("select event_id from core.events order by all").fetchall()]


LEFT_BEHIND = (
    "build.duckdb.set-aside-1",
    "build.duckdb.set-aside-1.wal",
    "build.duckdb.tmp/spill",
    ".warehouse.duckdb.tmp",
    "rebuild.duckdb",
    "report.html",
    "company_C1.duckdb",
    "warehouse_views.duckdb",
    ".warehouse_views.duckdb.tmp",
    ".report.html.77",
    "logs/serve.log",
    "dagster/storage/run/compute_logs/step.err",
)


def left_behind(home: Home) -> None:
    """Plant what a hard life leaves beside the files: a damaged build set aside, logs, copies, a report."""
    for name in LEFT_BEHIND:
        path = home.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(CANARY)


def canary_ulid(days: int) -> str:
    """A ULID of so many days before the lake of these tests."""
    rest, digits = (AT - days * DAY) // 1000, ""
    for _ in range(10):
        rest, digit = divmod(rest, 32)
        digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"[digit] + digits
    return digits + "0" * 16


OTHERS = ["wh_last", "wh_other0", "wh_other1", "wh_other2"]


@pytest.mark.thorough
def test_no_file_holds_the_person(infested: Home, build_home: Any) -> None:
    """After an erasure by person no file of the home holds the canary: not as id, value, key, or conflict."""
    build_home(infested)
    left_behind(infested)
    before = traces(infested)
    told = json.loads(run(*BY_PERSON, "--yes", "--json").output)
    assert {"warehouse.duckdb", "build.duckdb", "report.html"} <= set(before)
    assert any(name.startswith("dagster/") for name in before)
    assert (traces(infested), ids(infested), whats_pending(infested).reason) == ([], OTHERS, "")
    assert (told["event_ids"], told["deliveries"], told["quarantine_ids"]) == ([ID, "wh_echo"], 4, ["q-0", "q-1"])
    (entry,) = erasures(infested.root / "lake")
    assert (entry.criterion, entry.events, entry.deliveries, entry.quarantined, entry.done) == (
        "person", 2, 4, 2, True)  # fmt: skip
    assert (told["places"], told["mentions"]) == ({"$['person']['email']": 4}, [])


def test_a_dry_run_lists_and_changes_nothing(infested: Home) -> None:
    """A dry run names events and quarantined deliveries, and leaves every file as it is."""
    before = {path: path.read_bytes() for path in infested.root.rglob("*.parquet")}
    told = json.loads(run(ID, "--dry-run", "--json").output)
    after = {path: path.read_bytes() for path in infested.root.rglob("*.parquet")}
    assert (told["event_ids"], told["quarantine_ids"], told["deliveries"], told["erased"]) == ([ID], ["q-0"], 3, False)
    assert (after, erasures(infested.root / "lake")) == (before, [])


@pytest.mark.thorough
def test_what_is_made_of_the_old_publication_meanwhile_goes_too(
    infested: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Others may make files of the old publication until the new one is there; what the build makes stays, unblamed."""
    build, old = forgetting.build, (infested.root / "company_C1.duckdb", infested.root / ".warehouse_views.duckdb.x")

    def meanwhile(home: Home, listener: Any) -> Any:
        old[0].write_bytes(CANARY)
        old[1].mkdir()
        return build(home, listener)

    monkeypatch.setattr(forgetting, "build", meanwhile)
    monkeypatch.setenv("NACRE_PUBLISH_RESTRICTED", "true")
    shown = run(ID, "--yes", "--json")
    told = json.loads(shown.output)
    assert (shown.exit_code, told["removed"], told["unsearched"]) == (0, [old[1].name, old[0].name], [])
    assert infested.restricted.exists()
    assert [path.exists() for path in old] == [False, False]


@pytest.mark.thorough
def test_files_of_others_are_named(infested: Home) -> None:
    """A file that no command made and that names an erased id, or cannot be searched, is told; it ends with 1."""
    (infested.root / "export.csv").write_bytes(b"x" * 3 + b"\n" + ID.encode() + b",1\n")
    (infested.root / "other.csv").write_bytes(ID.encode() + b"23")
    (infested.root / "export.parquet").write_bytes(b"PAR1")
    shown = run(ID, "--yes", "--json")
    told = json.loads(shown.output)
    assert (shown.exit_code, told["traces"], told["unsearched"]) == (1, ["export.csv"], ["export.parquet"])


@pytest.mark.thorough
def test_what_a_killed_endpoint_left_goes_too(infested: Home) -> None:
    """A delivery that was never acknowledged may hold the person, and cannot be searched."""
    segment = Lake(infested.root).segments()[0].path
    left = segment.with_name(".killed.parquet.0123abcd.tmp")
    left.write_bytes(segment.read_bytes())
    os.utime(left, (0, 0))
    shown = run(*BY_PERSON, "--yes", "--json")
    assert (shown.exit_code, json.loads(shown.output)["unsearched"], left.exists()) == (0, [], False)


@pytest.mark.thorough
def test_what_was_erased_does_not_come_back(infested: Home, build_home: Any) -> None:
    """A retry of an erased event or body is dropped by the next build, from the lake too; what came with it stays."""
    build_home(infested)
    run(ID, "--yes")
    lake = Lake(infested.root)
    lake.write_events([row(ID, PERSON, 20), row("wh_new", {"n": 2}, 21)], "w2")
    lake.write_quarantine([QuarantineRow("q-again", AT + 22, "not_json", "no", body(ID, PERSON, event_name=""))], "w2")
    outcome = build_home(infested)
    held = [one for segment in lake.segments() for one in pq.read_table(segment.path, columns=["id"])["id"].to_pylist()]
    assert (outcome.counts["events"], outcome.failures, ID in ids(infested), ID in held) == (1, [], False, False)
    with duckdb.connect(str(infested.published), read_only=True) as con:
        assert con.execute("select criterion, events, deliveries from ops.erasures").fetchall() == [("ids", 1, 3)]
        assert con.execute("select quarantine_id from ops.quarantine order by all").fetchall() == [("q-1",), ("q-2",)]
    assert whats_pending(infested).reason == ""


LONG = [pytest.param(step, marks=pytest.mark.long) for step in ("history.empty", "erasure.discard", "build")]


@pytest.mark.parametrize("step", ["keep_out", *LONG])
@pytest.mark.thorough
def test_an_erasure_that_died_is_ended(
    infested: Home, build_home: Any, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """Killed at any of its steps, an erasure is ended by the command without arguments: no trace, nobody else lost."""
    build_home(infested)
    owner, _, name = f"forgetting.{step}".rpartition(".")
    place = forgetting if owner == "forgetting" else getattr(forgetting, owner.partition(".")[2])
    with monkeypatch.context() as patched:
        patched.setattr(place, name, lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
        run(*BY_PATH, "--yes")
    assert [one.done for one in erasures(infested.root / "lake")] == [False]
    shown = run()
    assert (shown.exit_code, traces(infested), ids(infested)) == (0, [], OTHERS)
    assert [one.done for one in erasures(infested.root / "lake")] == [True]


@pytest.mark.thorough
def test_what_is_old_goes_and_stays_out(home: Home, build_home: Any) -> None:
    """By age whole days go, deliveries received since of older events too; an import of them brings nothing back."""
    old, clocked = f"wh_{canary_ulid(900)}", f"wh_{canary_ulid(899)}"
    lake = Lake(home.root)
    lake.write_events([row(old, PERSON, -800 * DAY), row("wh_canary", PERSON, -800 * DAY)], "w1")
    lake.write_quarantine([QuarantineRow("q-0", AT - 800 * DAY, "not_json", "no", b"canary")], "w1")
    lake.write_events([row(old, PERSON, 0), row("wh_other0", {"n": 1}, 1)], "w1")
    build_home(home)
    told = json.loads(run("--older-than", "365", "--yes", "--json").output)
    assert (traces(home), ids(home), told["late"], list(told["days"].values())) == ([], ["wh_other0"], 1, [3])
    lake.write_events([row(old, PERSON, 2), row("wh_canary", PERSON, 3), row(clocked, PERSON, 4)], "import.1")
    lake.write_quarantine([QuarantineRow("q-1", AT + 5, "not_json", "no", b"canary")], "import.1")
    lake.write_events([row("wh_other1", {"n": 1}, 5)], "import.1")
    assert (build_home(home).failures, traces(home), ids(home)) == ([], [], ["wh_other0", "wh_other1"])
    assert CliRunner().invoke(nacre, ["verify", "--full"]).exit_code == 0
    assert "Nothing was found" in run("--older-than", "365", "--yes").output


@pytest.mark.parametrize(
    "damage", ["update ops.erasures set events = 99", "insert into ops.erasures from ops.erasures"]
)
def test_a_ledger_that_was_changed_is_named(infested: Home, damage: str) -> None:
    """What the warehouse tells of erasures is held against the lake's ledger."""
    run(ID, "--yes")
    verify = ["verify", "--json"]
    assert CliRunner().invoke(nacre, verify).exit_code == 0
    with duckdb.connect(str(infested.published)) as connection:
        connection.execute(damage)
    shown = CliRunner().invoke(nacre, verify)
    named = [(one["check"], one["table"]) for one in json.loads(shown.output)["findings"]]
    assert (shown.exit_code, named) == (1, [("erasure", "ops.erasures")])


@pytest.mark.long
def test_a_rebuild_keeps_erased_ids_out(infested: Home, build_home: Any) -> None:
    """An erased event that was sent again is not in a rebuilt warehouse either, nor in the lake behind it."""
    build_home(infested)
    run(ID, "wh_echo", "--yes")
    lake = Lake(infested.root)
    lake.write_events([row(ID, PERSON, 20)], "w2")
    done = rebuild(infested, lambda _stage, _done, _total: None)
    assert (done.published, done.differences, done.events, ids(infested)) == (True, [], 4, OTHERS)
    assert sum(pq.read_metadata(one.path).num_rows for one in lake.segments()) == 4


@pytest.mark.long
def test_a_compaction_waits_for_an_unfinished_erasure(
    infested: Home, build_home: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An erasure that died at once leaves a lake that is compacted and built as before; then it is ended."""
    build_home(infested)
    with monkeypatch.context() as patched:
        patched.setattr(erasure, "discard", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        run(ID, "wh_echo", "--yes")
    CliRunner().invoke(nacre, ["compact"])
    assert (build_home(infested).failures, run().exit_code, ids(infested)) == ([], 0, OTHERS)


def test_usage(infested: Home) -> None:
    """Half a question, two questions, and what nobody confirmed end with 2; nothing found ends with 0."""
    wrong = [
        ("--path", "$['a']"),
        ("--path", "a.b", "--value", "x"),
        (ID,),
        (ID, "--person", "x"),
        ("--person", " "),
        ("--older-than", "0"),
    ]
    codes = [run(*arguments).exit_code for arguments in wrong]
    nothing = run("wh_unknown", "--yes")
    assert (codes, nothing.exit_code, "Nothing was found" in nothing.output) == ([2] * 6, 0, True)
    assert erasures(infested.root / "lake") == []


def test_a_damaged_segment_stops_before_anything_is_erased(infested: Home) -> None:
    """What cannot be read cannot be searched: the segment is named, nothing is changed."""
    victim: Path = Lake(infested.root).segments()[0].path
    victim.write_bytes(victim.read_bytes()[:-3] + b"\0\0\0")
    shown = run(ID, "--yes")
    assert (shown.exit_code, victim.name in shown.output, erasures(infested.root / "lake")) == (1, True, [])
