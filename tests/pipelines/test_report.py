"""nacre report: one page that says what the warehouse says, and lets nothing of a sender take effect."""

import base64
import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest
from click.testing import CliRunner, Result

from pipelines.cli import nacre
from pipelines.home import Home
from tests.pipelines.report_pages import Page, publish_empty, tell

HOSTILE = "</script><script>alert('x')</script><!--"
GIVEN = """
    submitted 10:00 {"expenseId": "e1", "category": "CAR", "amount": {"decimal": "9.90", "currencyCode": "EUR"}}
    approved 12:00 {"expenseId": "e1", "reviewedBy": "r1"}
"""
POLICY = (
    "default-src 'none'; style-src {style}; script-src {scripts}; img-src data:; base-uri 'none'; form-action 'none'"
)
QUARANTINED = "insert into ops.quarantine values ('q1', now(), '<img src=x>', null, null, 's')"
MANY = """
    insert into core.process_events
    select
        'expense', 'wh_' || n, 'expenses.expense_submitted', 'C1', 'e' || n, 'submitted', '2026-03-02'::timestamptz,
        '2026-03-02'::timestamptz, n, repeat('C', n % 500) || n % 300, repeat('<x>', 300) || n, 'n' || n, null, null,
        null, null, false, null, n, 1
    from range(20000) as numbers(n)
"""


def run(*arguments: str) -> Result:
    return CliRunner().invoke(nacre, list(arguments))


def report(home: Home) -> Page:
    """Run `nacre report` and read the page."""
    answer = run("report")
    assert answer.exit_code == 0, answer.output
    return Page((home.root / "report.html").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def nothing_told(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A published warehouse without events, to be copied."""
    return publish_empty(tmp_path_factory.mktemp("empty"))


@pytest.fixture
def published_home(tmp_path: Path, nothing_told: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home with a published warehouse of its own that holds no event."""
    home = Home(tmp_path / "home")
    home.root.mkdir()
    monkeypatch.setenv("NACRE_HOME", str(home.root))
    shutil.copy(nothing_told, home.published)
    return home


def test_empty_warehouse_says_so(published_home: Home) -> None:
    """Of an empty warehouse the page says that it is empty; it has no chart and no script."""
    page = report(published_home)
    assert (
        "The warehouse is empty" in page.text,
        page.elements.get("canvas"),
        page.elements.get("script"),
        list(page.tables),
        {row[1] for row in page.rows("accounting")},
    ) == (True, None, None, ["accounting"], {"0"})


def test_page_is_of_one_piece(published_home: Home) -> None:
    """The page names nothing outside itself, and its policy allows its own styles and scripts and nothing else."""
    tell(published_home.published, GIVEN)
    page = report(published_home)
    data, *scripts = page.blocks["script"]
    allowed = " ".join(hashed(script) for script in scripts)
    assert (
        {link for link in page.links if not link.startswith("#")},
        page.policy(),
        len(scripts),
        data[0],
        "sourceMappingURL" in page.html,
    ) == (
        {"data:,"},
        POLICY.format(style=hashed(page.blocks["style"][0]), scripts=allowed),
        2,
        "[",
        False,
    )


def hashed(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def test_nothing_of_a_sender_takes_effect(published_home: Home) -> None:
    """Markup in a category, currency, id or event_name is text in the tables and in the charts' numbers."""
    data = {
        "expenseId": HOSTILE,
        "category": HOSTILE,
        "reviewedBy": HOSTILE,
        "amount": {"decimal": "1", "currencyCode": "<b>&"},
    }
    body = json.dumps(data)
    tell(
        published_home.published,
        f"submitted 10:00 {body}\napproved 11:00 {body}\nexpenses.<i>&amp; 12:00 {body}",
        ["update core.process_events set company_id = '<h1>'", QUARANTINED],
    )
    page = report(published_home)
    series = page.charts()["spend-1"]["series"]
    assert (
        page.elements.get("script"),
        {"b", "i", "img"} & set(page.elements),
        page.elements["h1"],
        HOSTILE in page.html,
        series,
        page.rows("spend-1"),
        page.rows("quarantine")[0][0],
        "expenses.<i>&amp;" in [row[0] for row in page.rows("event-names")],
    ) == (
        3,
        set(),
        1,
        False,
        [{"label": HOSTILE, "values": [1.0]}],
        [["2026-03", HOSTILE, "1", "1.00", "1.00", "–"]],  # noqa: RUF001 - a dash
        "<img src=x>",
        True,
    )


def test_people_are_ids_or_codes(published_home: Home) -> None:
    """An approver or engagement that may be a name or an address is shown as a code, an id as it is."""
    told = [("jane@example.com", "Max Mustermann"), ("Jane", "n1"), ("r-7", "n2")]
    lines = [
        line
        for number, (approver, engagement) in enumerate(told)
        for line in (
            f'submitted 10:00 id=wh_s{number} {{"expenseId": "e{number}"}}',
            f'approved 11:00 id=wh_a{number} {{"expenseId": "e{number}", "reviewedBy": "{approver}"}}',
            f'submitted 12:00 id=wh_t{number} {{"expenseId": "e{number}", "engagementId": "{engagement}"}}',
        )
    ]
    tell(published_home.published, "\n".join(lines))
    page = report(published_home)
    assert ({row[0] for row in page.rows("busiest")}, {row[2] for row in page.rows("oldest")}) == (
        {"r-7", code("jane@example.com"), code("Jane")},
        {"n1", "n2", code("Max Mustermann")},
    )
    assert [name for pair in told[:2] for name in pair if name in page.html] == ["n1"]


def code(text: str) -> str:
    return f"hidden {hashlib.sha256(text.encode()).hexdigest()[:8]}"


@pytest.mark.thorough
def test_page_stays_small_whatever_is_told(published_home: Home) -> None:
    """20,000 expenses, each with another long category and with 300 currencies, give a page of less than 1 MB."""
    tell(published_home.published, "", [MANY])
    page = report(published_home)
    currencies = [chart for chart in page.charts().values() if chart["id"].startswith("spend-")]
    assert (len(page.html) < 1_000_000, len(currencies), {len(chart["series"]) for chart in currencies}) == (
        True,
        8,
        {7},
    )


@pytest.mark.thorough
def test_command_says_what_it_wrote(published_home: Home, tmp_path: Path) -> None:
    """The page goes to the home or to --out, for its owner alone; --json tells path, size and time."""
    tell(published_home.published, GIVEN)
    target = tmp_path / "elsewhere.html"
    told: dict[str, Any] = json.loads(run("report", "--out", str(target), "--json").output)
    said = run("report").output
    default = published_home.root / "report.html"
    assert (told["path"], told["bytes"], sorted(told), str(default) in said) == (
        str(target),
        target.stat().st_size,
        ["bytes", "path", "seconds"],
        True,
    )
    assert [path.stat().st_mode & 0o777 for path in (target, default)] == [0o600, 0o600]
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["elsewhere.html"]


def test_what_is_in_the_way_is_one_sentence(published_home: Home, tmp_path: Path) -> None:
    """A folder that is missing, a view that is missing, a warehouse that is missing: exit 1 and the next step."""
    nowhere = run("report", "--out", str(tmp_path / "no" / "page.html"))
    with duckdb.connect(str(published_home.published)) as con:
        con.execute("drop view analytics.missing_events")
    older = run("report")
    published_home.published.unlink()
    nothing = run("report")
    assert [(answer.exit_code, answer.output.count("\n")) for answer in (nowhere, older, nothing)] == [(1, 1)] * 3
    steps = {"--out FILE": nowhere, "run nacre build, then again": older, "; run nacre build, or": nothing}
    assert [step in answer.output for step, answer in steps.items()] == [True] * 3
