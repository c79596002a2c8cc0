"""nacre verify, rebuild and trace on a real home: what each says, how it ends, and what a reader sees meanwhile."""

import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest
from click.testing import CliRunner, Result

from ingest.lake import Lake, QuarantineRow
from ingest.lake.erasures import Erasure, begin, hashed
from pipelines.build_lock import build_lock
from pipelines.cli import nacre
from pipelines.home import Home
from pipelines.pending import remember_publication
from pipelines.rebuilding import rebuild
from tests.short_form import shortened

CREATED, PAID = "expenses.expense_created", "expenses.expense_paid"
FIRST = "wh_planted000001"
CANARY = "canary@example.org"
KILLED = Path(__file__).with_name("rebuilt.py")
ROOT = Path(__file__).parents[2]


def run(*arguments: str) -> Result:
    return CliRunner().invoke(nacre, list(arguments))


@pytest.fixture(scope="session")
def proved_once(tmp_path_factory: pytest.TempPathFactory, instance_folder: Path, plant: Any) -> Home:
    """A published home to be copied: events, a duplicate, a conflict and a quarantined body."""
    home = Home(tmp_path_factory.mktemp("proved") / "home")
    shutil.copytree(instance_folder, home.dagster)
    plant(
        home, (1, CREATED, {"expenseId": "e1", "items": [{"sku": "a"}, {"sku": "b"}]}), (2, PAID, {"expenseId": "e1"})
    )
    plant(home, (1, CREATED, {"expenseId": "other"}), (3, CREATED, {"expenseId": CANARY}), first=10)
    plant(home, (2, PAID, {"expenseId": "e1"}), first=20)
    Lake(home.root).write_quarantine([QuarantineRow("q1", 1_795_000_000_000_000, "not_json", "x", b"{")], "planted")
    rebuild(home, lambda *_: None)
    return home


@pytest.fixture
def proved(home: Home, proved_once: Home) -> Home:
    """A copy of the home, which the environment names."""
    shutil.copytree(proved_once.root, home.root, dirs_exist_ok=True)
    return home


def spoil(path: Path, *statements: str) -> None:
    with duckdb.connect(str(path)) as connection:
        for statement in statements:
            connection.execute(statement)


def rows(home: Home) -> dict[str, list[Any]]:
    """The published rows, without what tells when or by which load."""
    with duckdb.connect(str(home.published), read_only=True) as connection:
        queries = {
            "created": "from expenses.expense_created order by all",
            "items": "from expenses.expense_created__items order by all",
            "events": "from core.events order by all",
            "timeline": "from analytics.expense_approval_timeline order by all",
        }
        connection.execute("set TimeZone = 'UTC'")
        return {name: connection.execute(query).fetchall() for name, query in queries.items()}


def test_verify_of_a_sound_home(proved: Home) -> None:
    """A sound home passes, in full and by sample, while another process builds; new segments only wait."""
    with build_lock(proved.lock):
        full = json.loads(run("verify", "--full", "--json").output)
        sampled = run("verify")
    assert {name: full[name] for name in ("ok", "segments", "waiting", "delivered", "events", "checked", "wrong")} == {
        "ok": True,
        "segments": 4,
        "waiting": 0,
        "delivered": 5,
        "events": 3,
        "checked": 3,
        "wrong": 0,
    }
    assert (sampled.exit_code, "Nothing is wrong" in sampled.output) == (0, True)


def test_verify_names_damage_without_personal_data(proved: Home) -> None:
    """Damage ends with 1 and is named by event, table, column and path; its values only with --show-values."""
    spoil(
        proved.published,
        f"""update expenses.expense_created set "expenseId" = 'x' where "expenseId" = '{CANARY}'""",
        f"delete from expenses.expense_created__items where event_id = '{FIRST}' and position = 1",
    )
    quiet, open_ = run("verify", "--full"), run("verify", "--full", "--show-values", "--json")
    assert (quiet.exit_code, CANARY in quiet.output, CANARY in run("verify", "--json").output) == (1, False, False)
    found = json.loads(open_.output)["findings"]
    expected = ["expenses.expense_created", "expenseId", "$['expenseId']", f'"{CANARY}"', "x"]
    assert expected in [[one[name] for name in ("table", "column", "path", "expected", "found")] for one in found]
    assert ("its row 1 is missing", FIRST) in [(one["what"], one["event_id"]) for one in found]


PLANTED = [
    ("update ops.publications set events = events + 1", "ops.publications"),
    ("update ops.publications set load_no = load_no - 1", "ops.publications"),
    ("update ops.publications set published_at = now() + interval 3 day", "ops.publications"),
    ("delete from ops.publications", "ops.publications"),
    ("insert into ops.publications from ops.publications", "ops.publications"),
    ("insert into core.unmarked values ('expenses.expense_paid', -1)", "core.unmarked"),
    (
        "update ops.columns set widened_at = now() + interval 3 day where ordinal = 0 and table_name = 'expense_paid'",
        "expenses.expense_paid",
    ),
    ("insert into ops.erasures values ('e', now(), 'ids', 1, 1, 0)", "ops.erasures"),
    ("update core.holidays set name = 'x'", "core.holidays"),
]


@pytest.mark.parametrize(("damage", "table"), shortened(PLANTED, 2), ids=[damage[:40] for damage, _ in PLANTED])
def test_verify_names_what_no_body_tells(proved: Home, damage: str, table: str) -> None:
    """What was published when, what waits for its marks, what was erased, and what the operator knows is looked at."""
    (proved.root / "holidays.csv").write_text("country,day,name\nES,2026-12-25,Navidad\n")
    spoil(proved.published, "insert into core.holidays values ('ES', '2026-12-25', 'Navidad')")
    remember_publication(proved, complete=True)
    assert run("verify").exit_code == 0
    spoil(proved.published, damage)
    shown = run("verify", "--json")
    assert (shown.exit_code, {one["table"] for one in json.loads(shown.output)["findings"]}) == (1, {table})


@pytest.mark.parametrize("kept", [0, 4096, 300_000])
def test_verify_of_a_file_that_cannot_be_read(proved: Home, kept: int) -> None:
    """A published file that is empty, cut off, or has lost blocks is named, without a traceback."""
    content = proved.published.read_bytes()
    proved.published.write_bytes(content[:kept] + bytes(len(content) - kept if kept > 4096 else 0))
    shown = run("verify", "--full", "--json")
    told = [one["what"] for one in json.loads(shown.output)["findings"]]
    assert (shown.exit_code, isinstance(shown.exception, SystemExit)) == (1, True)
    assert any(what.startswith("cannot be read: ") for what in told)


def test_verify_looks_at_the_build_file_when_asked(proved: Home) -> None:
    """Damage of the build file alone is found with --build-file, and only then."""
    spoil(proved.build, f"delete from expenses.expense_created where event_id = '{FIRST}'")
    assert (run("verify").exit_code, run("verify", "--build-file").exit_code) == (0, 1)


def test_verify_of_a_damaged_lake(proved: Home) -> None:
    """A flipped bit in a segment, a segment that is gone and a file that is no segment end with 1, each named."""
    first, second, *_ = Lake(proved.root).segments("events")
    content = bytearray(first.path.read_bytes())
    content[40] ^= 4
    first.path.write_bytes(content)
    second.path.unlink()
    second.path.with_name("notes.txt").write_text("x")
    answer = run("verify", "--json")
    named = {one["segment"] for one in json.loads(answer.output)["findings"]}
    assert (answer.exit_code, named) == (1, {first.name, second.name, f"{second.path.parent.name}/notes.txt"})


@pytest.mark.thorough
def test_rebuild_of_a_sound_home_finds_it_the_same(proved: Home) -> None:
    """A rebuild compares as identical, publishes what was published, and keeps when that was; the next build rests."""
    before, history = rows(proved), publications(proved)
    reader = duckdb.connect(str(proved.published), read_only=True)
    answer = json.loads(run("rebuild", "--json").output)
    assert {name: answer[name] for name in ("events", "differences", "not_compared", "published", "damaged")} == {
        "events": 3,
        "differences": [],
        "not_compared": "",
        "published": True,
        "damaged": [],
    }
    assert reader.execute("select count(*) from core.events").fetchall() == [(3,)]
    reader.close()
    assert (rows(proved), publications(proved)[:-1], leftovers(proved)) == (before, history, [])
    assert json.loads(run("build", "--json").output)["reason"] == "nothing new"
    assert run("verify", "--full").exit_code == 0


def publications(home: Home) -> list[Any]:
    with duckdb.connect(str(home.published), read_only=True) as connection:
        return connection.execute(
            "select epoch_us(published_at), load_no from ops.publications order by all"
        ).fetchall()


@pytest.mark.thorough
def test_what_no_lake_holds_outlives_a_rebuild_that_cannot_compare(proved: Home) -> None:
    """A published table that cannot be read is said and ends with 1, wet or dry; the publications are taken over."""
    history = publications(proved)
    unreadable = "create view expenses.expense_paid as select error('unreadable')::varchar as event_id"
    spoil(proved.published, "drop table expenses.expense_paid", unreadable)
    answers = [run("rebuild", "--dry-run", "--json"), run("rebuild", "--json")]
    told = [json.loads(answer.output) for answer in answers]
    assert [answer.exit_code for answer in answers] == [1, 1]
    assert [(one["not_compared"][:37], one["history_lost"], one["published"]) for one in told] == [
        ("the published file cannot be read who", "", False),
        ("the published file cannot be read who", "", True),
    ]
    assert publications(proved)[:-1] == history != []


@pytest.mark.parametrize("known", shortened([True, False], 1))
def test_history_outlives_the_build_file(proved: Home, plant: Any, build_home: Any, known: bool) -> None:
    """Where the build file is begun anew, the publications are taken over; where they cannot be read, it publishes."""
    proved.build.unlink()
    if not known:
        spoil(proved.published, "drop table ops.publications", "create table ops.publications as select 1 as load_no")
    history = publications(proved) if known else []
    plant(proved, (4, PAID, {"expenseId": "e4"}), first=30)
    assert build_home(proved).published
    assert publications(proved)[:-1] == history
    assert len(history) == known


@pytest.mark.thorough
def test_a_rebuild_says_what_it_could_not_take_over(proved: Home) -> None:
    """Where the ledger of publications cannot be read, a rebuild publishes, says so, and ends with 1."""
    spoil(proved.published, "drop table ops.publications")
    answer = run("rebuild")
    assert (answer.exit_code, len(publications(proved))) == (1, 1)
    assert "When the warehouse was published before is lost: " in answer.output
    assert "The live warehouse is the same: " in answer.output


def leftovers(home: Home) -> list[str]:
    return [path.name for path in home.root.glob("rebuild*")]


@pytest.mark.thorough
def test_rebuild_mends_what_differs(proved: Home, plant: Any) -> None:
    """A damaged warehouse is told by table and id, and replaced with later segments, as Dagster shows; dry, told."""
    before = rows(proved)
    damage = f"delete from expenses.expense_created where event_id = '{FIRST}'"
    spoil(proved.published, damage)
    spoil(proved.build, damage)
    plant(proved, (9, PAID, {"expenseId": "e9"}), first=90)
    content = proved.published.read_bytes()
    dry = run("rebuild", "--dry-run", "--json")
    assert (dry.exit_code, proved.published.read_bytes() == content, leftovers(proved)) == (1, True, [])
    told = json.loads(dry.output)["differences"]
    assert [(one["table"], one["live_rows"], one["rebuilt_rows"], one["only_rebuilt"]) for one in told] == [
        ("expenses.expense_created", 1, 2, [FIRST])
    ]
    answer = json.loads(run("rebuild", "--json").output)
    assert (answer["differences"], answer["later_segments"], answer["events"]) == (told, 1, 4)
    after = rows(proved)
    assert (after["created"], len(after["events"]), noted(proved)) == (before["created"], 4, [(4, 1)])


@pytest.mark.thorough
def test_rebuild_looks_at_views_too(proved: Home) -> None:
    """A view with other SQL, one that is not there, and one that nacre does not make are told, and mended."""
    spoil(
        proved.published,
        "create or replace view analytics.pending_expenses as select 1 as one",
        "drop view analytics.overdue_items",
        "create view analytics.odd as select 1 as one",
    )
    dry = run("rebuild", "--dry-run", "--json")
    told = {one["table"]: one["columns"] for one in json.loads(dry.output)["differences"]}
    odd = ("analytics.odd", "analytics.overdue_items", "analytics.pending_expenses")
    assert (dry.exit_code, told) == (1, {name: ["the SQL of the view"] for name in odd})
    assert [run(*command).exit_code for command in (("rebuild",), ("rebuild", "--dry-run"))] == [0, 0]


def noted(home: Home) -> list[Any]:
    """What Dagster knows of publications: for each the events, and how many tables differed."""
    from dagster import AssetKey, DagsterInstance  # noqa: PLC0415 - it takes seconds

    with DagsterInstance.from_config(str(home.dagster)) as instance:
        found = instance.fetch_materializations(AssetKey(["ops", "publications"]), limit=9).records
    told = [one.asset_materialization.metadata for one in found if one.asset_materialization]
    return [(one["events"].value, one["tables_that_differed"].value) for one in told]


@pytest.mark.thorough
def test_rebuild_of_a_home_whose_published_file_does_not_open(proved: Home) -> None:
    """Damaged files are no hindrance: the warehouse is made anew and published, and says why it was not compared."""
    before = rows(proved)
    for path in (proved.published, proved.build):
        path.write_bytes(b"no database" * 1000)
    done = run("rebuild", "--json")
    answer = json.loads(done.output)
    assert (answer["not_compared"].startswith("the published file does not open"), answer["published"]) == (True, True)
    assert (done.exit_code, answer["history_lost"], rows(proved)) == (1, answer["not_compared"], before)
    proved.published.unlink()
    dry, done = run("rebuild", "--dry-run"), run("rebuild")
    assert [(one.exit_code, "Not compared: nothing is published yet." in one.output) for one in (dry, done)] == [
        (1, True),
        (0, True),
    ]


@pytest.mark.thorough
def test_a_lake_that_is_gone_replaces_nothing(proved: Home) -> None:
    """Where no segment is left, as of a disk that is not mounted, a rebuild leaves the warehouse and says so."""
    shutil.rmtree(proved.root / "lake")
    before = proved.published.read_bytes()
    answer = run("rebuild")
    assert (answer.exit_code, "holds no segment" in answer.stderr) == (1, True)
    assert proved.published.read_bytes() == before
    assert leftovers(proved) == []


def test_rebuild_keeps_out_what_was_erased(proved: Home, plant: Any) -> None:
    """An erased id that was delivered again does not come back by a rebuild, and verify has nothing against it."""
    assert run("forget", FIRST, "--yes").exit_code == 0
    plant(proved, (1, CREATED, {"expenseId": "e1"}), first=80)
    answer = json.loads(run("rebuild", "--json").output)
    with duckdb.connect(str(proved.published), read_only=True) as connection:
        kept = connection.execute("select event_id from core.events order by all").fetchall()
    assert (answer["events"], kept) == (2, [("wh_planted000002",), ("wh_planted000003",)])
    assert (run("verify", "--full").exit_code, run("trace", FIRST).exit_code) == (0, 1)


def test_verify_finds_what_was_erased(proved: Home) -> None:
    """What the ledger of erasures names, and the warehouse still holds, is found and named."""
    begin(proved.root / "lake", Erasure("e", "t", "ids", 1, 1, 1, (hashed(FIRST), hashed("q1"))))
    begin(proved.root / "lake", Erasure("f", "t", "older", 1, 1, 1, (), before="2026-11-18"))
    told = json.loads(run("verify", "--full", "--json").output)
    assert [(one["check"], one["event_id"], one["table"]) for one in told["findings"]] == [
        ("erasure", FIRST, "core.events"),
        ("erasure", None, "ops.quarantine"),
    ]


def test_rebuild_waits_for_a_build_or_does_not(proved: Home) -> None:
    """While a build holds the lock, `--no-wait` ends with one sentence and 1, and nothing is touched."""
    with build_lock(proved.lock):
        answer = run("rebuild", "--no-wait")
    assert (answer.exit_code, answer.output.startswith("Error: another build is running")) == (1, True)


RARE = [pytest.param(moment, marks=pytest.mark.long) for moment in ("load 1", "replace 1", "publish 0")]


@pytest.mark.parametrize("moment", ["replace 0", *RARE])
@pytest.mark.thorough
def test_rebuild_killed_at_any_moment(proved: Home, plant: Any, build_home: Any, moment: str) -> None:
    """Killed at any moment, the published file opens and the next build or rebuild leaves the home as it should be."""
    before = rows(proved)
    spoil(proved.build, f"delete from expenses.expense_created where event_id = '{FIRST}'")
    done = subprocess.run([sys.executable, str(KILLED), str(proved.root), *moment.split()], check=False, cwd=ROOT)
    assert (done.returncode, rows(proved)) == (-signal.SIGKILL, before)
    replaced = not leftovers(proved)
    plant(proved, (7, PAID, {"expenseId": "e1"}), first=70)
    outcome = build_home(proved)
    assert (outcome.failures, outcome.published, leftovers(proved)) == ([], True, [])
    after = rows(proved)
    assert (len(after["events"]), after["created"] == before["created"]) == (4, replaced)
    assert rebuild(proved, lambda *_: None).published
    assert (rows(proved)["created"], leftovers(proved)) == (before["created"], [])
    assert run("verify", "--full", "--build-file").exit_code == 0


def test_trace_tells_an_event_from_end_to_end(proved: Home) -> None:
    """`nacre trace` shows each delivery with its body and place, and the rows; an unknown id ends with 1."""
    found = json.loads(run("trace", FIRST, "--json").output)
    text = run("trace", FIRST)
    assert [(one["became"], one["position"]) for one in found["deliveries"]] == [("event", 0), ("conflict", 0)]
    assert json.loads(found["deliveries"][0]["body"])["id"] == FIRST
    assert {table: len(made) for table, made in found["rows"].items()} == {CREATED: 1, f"{CREATED}__items": 2}
    segments = [one["segment"] for one in found["deliveries"]]
    assert (text.exit_code, [f"{name}, row 0" in text.output for name in segments]) == (0, [True, True])
    assert found["deliveries"][1]["body"] in text.output
    unknown = run("trace", "wh_absent")
    assert (proved.published.exists(), unknown.exit_code, unknown.output) == (
        True,
        1,
        "Error: no delivery has the id 'wh_absent', and no quarantined body names it; an id is written as wh_…\n",
    )


def test_trace_beside_a_damaged_segment(proved: Home, plant: Any) -> None:
    """A segment that cannot be read is named, makes the exit status 1, and hides nothing of what is known."""
    plant(proved, (90, CREATED, {"expenseId": "e90"}), first=90)
    victim = max(Lake(proved.root).segments())
    victim.path.write_bytes(b"")
    text, unknown = run("trace", FIRST), run("trace", "wh_absent")
    told = json.loads(run("trace", FIRST, "--json").stdout)
    assert (text.exit_code, victim.name in text.stderr, list(told["unread"])) == (1, True, [victim.name])
    assert (len(told["deliveries"]), unknown.exit_code, victim.name in unknown.output) == (2, 1, True)
