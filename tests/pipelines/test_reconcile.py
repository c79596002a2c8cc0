"""`nacre reconcile`: what Oyster knows and we do not, by its API and by exported lists."""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from pipelines.cli import nacre
from pipelines.home import Home
from pipelines.reconciling import IdsFileError, listed_in
from tests.ingest.local_http import running
from tests.warehouse.lakes import Delivery, delivery, warehouse
from warehouse.processes import advance
from warehouse.publish import publish
from warehouse.views import refresh

LISTED = ["e1", "e2", "unknown1", "unknown2"]


def run(*arguments: object, text: str | None = None) -> Any:
    return CliRunner().invoke(nacre, ["reconcile", *map(str, arguments)], input=text)


def published(home: Home, *more: Delivery) -> None:
    """Publish expenses e1, e2, here (by events alone) and gone (deleted)."""
    events = [("expense_created", "e1"), ("expense_approved", "e2"), ("expense_created", "here")]
    events += [("expense_created", "gone"), ("expense_deleted", "gone")]
    sent = [
        delivery(number, f"expenses.{name}", json.dumps({"expenseId": expense_id}), id_=f"wh_n{number}")
        for number, (name, expense_id) in enumerate(events)
    ]
    with warehouse(home.root, [*sent, *more]) as connection:
        advance(connection)
        refresh(connection)
        publish(connection, home.build, home.published)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home that the environment names."""
    home = Home(tmp_path / "home")
    monkeypatch.setenv("NACRE_HOME", str(home.root))
    return home


class Oyster:
    """Oyster's listing, two a page, to whom has the token."""

    def __init__(self) -> None:
        self.items: list[dict[str, Any]] = [{"expenseId": one, "category": "CAR"} for one in LISTED]
        self.pages: list[str] = []
        token, expenses = Route("/oauth2/token", self._token, methods=["POST"]), Route("/v1/expenses", self._expenses)
        self.app = Starlette(routes=[token, expenses])

    async def _token(self, _: Request) -> Response:
        answer = {"access_token": "access", "refresh_token": "refresh-1", "expires_in": 7200, "scope": "read"}
        return JSONResponse(answer)

    async def _expenses(self, request: Request) -> Response:
        if request.headers.get("authorization") != "Bearer access":
            return JSONResponse({"error": {"message": "Invalid access token"}}, 401)
        page = int(request.query_params.get("page", 1))
        self.pages.append(str(page))
        following = f"{request.base_url}v1/expenses?page={page + 1}" if page * 2 < len(self.items) else None
        return JSONResponse({"data": self.items[page * 2 - 2 : page * 2], "meta": {"nextUrl": following}})


@pytest.fixture
def oyster(monkeypatch: pytest.MonkeyPatch) -> Iterator[Oyster]:
    """Oyster's side, and an environment that leads to it."""
    oyster = Oyster()
    with running(oyster.app) as url:
        values = {"CLIENT_ID": "client", "CLIENT_SECRET": "hush", "REFRESH_TOKEN": "refresh-0", "API_URL": url}
        for name, value in values.items():
            monkeypatch.setenv(f"NACRE_OYSTER_{name}", value)
        yield oyster


@pytest.mark.thorough
def test_the_listing_of_the_api_is_compared_whole(home: Home, oyster: Oyster) -> None:
    """All pages count; ids missing here end with 1, ids missing there are named, deleted ones are no fault."""
    published(home)
    answer = run("--json")
    assert json.loads(answer.output) == {
        "listed": 4,
        "known": 4,
        "both": 2,
        "coverage_percent": 50.0,
        "missing_here": ["unknown1", "unknown2"],
        "missing_there": ["here"],
        "deleted": 1,
    }
    assert (answer.exit_code, oyster.pages) == (1, ["1", "2"])


def test_full_coverage_ends_with_zero(home: Home, oyster: Oyster) -> None:
    """Where every listed expense is here the command says so and ends with 0."""
    published(home)
    del oyster.items[2:]
    answer = run()
    assert answer.exit_code == 0
    assert answer.output == (
        "2 expenses are listed, 2 of them are here: coverage 100.00%.\n"
        "Known here, but not listed (1):\n  here\n1 more are known here as deleted.\n"
    )


@pytest.mark.thorough
def test_an_item_without_an_id_is_not_passed_over(home: Home, oyster: Oyster) -> None:
    """An expense that the API lists without its id is an error, never a smaller total."""
    published(home)
    oyster.items[1] = {"name": "?"}
    answer = run()
    assert (answer.exit_code, answer.output.startswith("Error: expense 2 of Oyster's listing has no")) == (1, True)


@pytest.mark.parametrize(
    "text",
    [
        "e1\r\n\ne2\nunknown1\nunknown2\nunknown2\n",
        '\ufeffname,expenseId,amount\n"a, b",e1,1\nx,e2,\nx,unknown1,2\nx,unknown2,\n',
        "expenseId\ne1\ne2\nunknown1\nunknown2",
        '{"expenseId": "e1"}\n{"expenseId": "e2"}\n\n{"expenseId": "unknown1", "x": 1}\n{"expenseId": "unknown2"}\n',
    ],
    ids=["ids", "csv", "csv of one column", "ndjson"],
)
@pytest.mark.thorough
def test_an_exported_list_is_taken_in_each_shape(home: Home, tmp_path: Path, text: str) -> None:
    """The same list as ids, CSV or NDJSON, as a file or on stdin, gives the same answer."""
    published(home)
    file = tmp_path / "export"
    file.write_text(text, newline="")
    answers = [
        json.loads(run("--ids", file, "--json").output),
        json.loads(run("--ids", "-", "--json", text=text).output),
    ]
    assert [(answer["listed"], answer["missing_here"]) for answer in answers] == [(4, ["unknown1", "unknown2"])] * 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("id,name\n1,2\n", r"^line 1 of the list: more than an id"),
        ('{"expenseId": "e1"}\n{"id": 1}\n', r"^line 2 of the list: no expenseId in it"),
        ('{"expenseId": "e1"}\n{\n', r"^line 2 of the list: not JSON"),
        ("expenseId,x\ne1,2\n,3\n", r"^line 3 of the list: no expenseId in it"),
    ],
)
def test_a_line_without_an_id_is_named(text: str, said: str) -> None:
    """A list that is not one is refused with its line, instead of being compared in part."""
    with pytest.raises(IdsFileError, match=said):
        list(listed_in(io.StringIO(text)))


def test_several_companies_are_never_mixed(home: Home, tmp_path: Path) -> None:
    """Where two companies are known the listed one must be named, and the other one's expenses do not count."""
    body = b'{"event_name":"expenses.expense_created","id":"wh_x","company_id":"OTHER","data":{"expenseId":"unknown1"}}'
    published(home, Delivery("wh_x", "expenses.expense_created", body, 1_790_000_000_000_000, "OTHER"))
    file = tmp_path / "ids"
    file.write_text("\n".join(LISTED))
    unnamed, named = run("--ids", file), run("--ids", file, "--company", "ABC1234", "--json")
    assert (unnamed.exit_code, "2 companies (ABC1234, OTHER)" in unnamed.output) == (1, True)
    assert json.loads(named.output)["missing_here"] == ["unknown1", "unknown2"]


def test_an_empty_list_covers_nothing(home: Home) -> None:
    """Of an empty list no percentage is told, and nothing is missing."""
    published(home)
    found = json.loads(run("--ids", "-", "--json", text="").output)
    assert (found["listed"], found["coverage_percent"], found["missing_here"]) == (0, None, [])
