"""The client of Oyster's API, against a local server that speaks the documented API."""

import asyncio
import gzip
import json
import os
import re
import socket
import stat
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from local_http import running
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from ingest.oyster import Application, OysterApi, OysterError, Webhook, connect, load_application
from ingest.oyster.credentials import TokenFile, Tokens
from ingest.oyster.errors import (
    InvalidTokenError,
    NotAnAddressError,
    NotAnIdError,
    NotFoundError,
    Problem,
    RejectedError,
    ScopeMissingError,
    ServerFailedError,
    TooManyRequestsError,
    UnexpectedAnswerError,
    UnreachableError,
    error_of,
)
from ingest.oyster.limits import RateLimit, asked_wait
from ingest.oyster.session import Session
from ingest.settings import SettingsError


class Oyster:
    """Oyster's side: refresh tokens valid once, access tokens checked, scripted failures before the real answer."""

    def __init__(self) -> None:
        self.refresh_token, self.grants = "refresh-0", 0
        self.access_token = ""
        self.odd_grant: dict[str, Any] = {}
        self.webhooks: dict[str, dict[str, Any]] = {}
        self.expenses = [{"expenseId": f"e{number}"} for number in range(7)]
        self.failures: list[Response] = []
        self.calls: list[str] = []
        self.next_url = "{base}/v1/expenses?page={page}&per_page={per_page}"
        routes = [
            Route("/oauth2/token", self._token, methods=["POST"]),
            Route("/v1/webhooks", self._webhooks, methods=["GET", "POST"]),
            Route("/v1/webhooks/{webhook_id}", self._webhook, methods=["DELETE"]),
            Route("/v1/expenses", self._expenses, methods=["GET"]),
        ]
        self.app = Starlette(routes=routes)

    async def _token(self, request: Request) -> Response:
        form = dict(pair.split("=", 1) for pair in (await request.body()).decode().split("&"))
        self.calls.append(f"token {form['grant_type']}")
        known = form["client_id"] == "client" and form["client_secret"] == "hush"
        valid = {"refresh_token": self.refresh_token, "authorization_code": "code-1"}[form["grant_type"]]
        if not known or (form.get("refresh_token") or form.get("code")) != valid:
            return JSONResponse({"error": "invalid_grant", "error_description": "The grant is invalid"}, 400)
        self.grants += 1
        self.refresh_token, self.access_token = f"refresh-{self.grants}", f"access-{self.grants}"
        answer = {"access_token": self.access_token, "token_type": "Bearer", "expires_in": 7200, "created_at": 1}
        answer |= {"refresh_token": self.refresh_token, "scope": "manage"} | self.odd_grant
        return Response(json.dumps(answer), media_type="application/json")

    def _refuse(self, request: Request) -> Response | None:
        """A scripted failure, or the 401 of a token that is not ours."""
        self.calls.append(f"{request.method} {request.url.path}")
        if request.headers.get("authorization") != f"Bearer {self.access_token}":
            return JSONResponse({"error": {"message": "Invalid access token"}}, 401)
        return self.failures.pop(0) if self.failures else None

    async def _webhooks(self, request: Request) -> Response:
        if refused := self._refuse(request):
            return refused
        if request.method == "GET":
            return JSONResponse({"data": list(self.webhooks.values()), "meta": {"nextUrl": None}})
        told = await request.json()
        webhook = {"webhookId": f"hook{len(self.webhooks) + 1}", **told}
        self.webhooks[webhook["webhookId"]] = webhook
        return JSONResponse({"data": {"webhookId": webhook["webhookId"]}}, 201)

    async def _webhook(self, request: Request) -> Response:
        if refused := self._refuse(request):
            return refused
        if self.webhooks.pop(request.path_params["webhook_id"], None) is None:
            return JSONResponse({"errors": [{"message": "Webhook not found"}]}, 404)
        return Response(status_code=204)

    async def _expenses(self, request: Request) -> Response:
        if refused := self._refuse(request):
            return refused
        page, size = int(request.query_params.get("page", 1)), int(request.query_params["per_page"])
        begun = self.expenses[(page - 1) * size : page * size]
        base = str(request.base_url).rstrip("/")
        following = self.next_url.format(base=base, page=page + 1, per_page=size)
        more = page * size < len(self.expenses)
        return JSONResponse({"data": begun, "meta": {"page": page, "nextUrl": following if more else None}})


@pytest.fixture
def oyster() -> Oyster:
    """Oyster's side of this test."""
    return Oyster()


@pytest.fixture
def slept() -> list[float]:
    """Every wait of the client, in seconds, in order; none of them is really waited."""
    return []


@pytest.fixture
def application(oyster: Oyster) -> Iterator[Application]:
    """Our developer application, as Oyster's side knows it."""
    with running(oyster.app) as url:
        yield Application(
            client_id="client", client_secret=SecretStr("hush"), refresh_token=SecretStr("refresh-0"), api_url=url
        )


@pytest.fixture
def api(application: Application, tmp_path: Path, slept: list[float]) -> Iterator[OysterApi]:
    """The client under test."""
    with Session(application, TokenFile(tmp_path), sleep=slept.append) as session:
        yield OysterApi(session, application.api_url)


def test_an_endpoint_is_registered_listed_and_deleted(oyster: Oyster, api: OysterApi) -> None:
    """The id that a registration answers with lists and deletes the endpoint."""
    hook = api.register_webhook("https://example.com/webhooks/oyster", "shared")
    assert oyster.webhooks["hook1"]["sharedSecret"] == "shared"
    assert hook == Webhook("hook1", "https://example.com/webhooks/oyster")
    assert api.webhooks() == [hook]
    api.delete_webhook("hook1")
    assert api.webhooks() == []


@pytest.mark.parametrize("url", ["", "example.com", "ftp://example.com/x", "https://", "http://[::1"])
def test_what_is_no_address_is_not_registered(oyster: Oyster, api: OysterApi, url: str) -> None:
    """A secret is never given away for an endpoint that nobody can reach."""
    with pytest.raises(NotAnAddressError, match="is no address to register"):
        api.register_webhook(url, "shared")
    assert oyster.calls == []


def test_expenses_are_listed_page_by_page(oyster: Oyster, api: OysterApi) -> None:
    """Every page is followed to the last, each asked for once."""
    assert list(api.expenses(per_page=3)) == oyster.expenses
    assert oyster.calls.count("GET /v1/expenses") == 3


@pytest.mark.parametrize(
    "next_url",
    [
        "https://example.com/v1/expenses",
        "//example.com/v1/expenses",
        "http://[::1/v1/expenses",
        "/v1/expenses?page=\n",
        "/v1/expenses?" + "x" * 70_000,
        "{base}/v1/expenses?page=1&per_page={per_page}",
    ],
)
def test_pages_are_never_followed_elsewhere_or_in_a_circle(oyster: Oyster, api: OysterApi, next_url: str) -> None:
    """A next page on another host would get our token, one seen before would never end: both are refused."""
    oyster.next_url = next_url
    with pytest.raises(UnexpectedAnswerError, match="nextUrl leads elsewhere, or in a circle"):
        list(api.expenses(per_page=3))


@pytest.mark.parametrize("items", [[], [{"expenseId": "e1"}]])
def test_a_page_that_comes_again_ends_the_list(oyster: Oyster, api: OysterApi, items: list[Any]) -> None:
    """A server whose next page has another address and the same content each time is not followed for ever."""
    pages = [{"data": items, "meta": {"nextUrl": f"/v1/expenses?page={page}"}} for page in range(2, 9)]
    oyster.failures = [JSONResponse(page) for page in pages]
    with pytest.raises(UnexpectedAnswerError, match="in a circle"):
        list(api.expenses())
    assert oyster.calls.count("GET /v1/expenses") == 2


@pytest.mark.parametrize(
    ("meta", "said"),
    [
        ([1], "the meta of a list is no object"),
        ({"nextUrl": ["/v1/expenses"]}, "nextUrl is no text"),
        ({"nextUrl": 5}, "nextUrl is no text"),
        ({"page": 1, "pages": 3}, "page 1 of 3 names no next page"),
    ],
)
def test_a_list_of_another_shape_is_never_taken_as_a_shorter_one(
    oyster: Oyster, api: OysterApi, meta: Any, said: str
) -> None:
    """Where it cannot be known what follows, or the list breaks off, that is an error."""
    oyster.failures = [JSONResponse({"data": [], "meta": meta})]
    with pytest.raises(UnexpectedAnswerError, match=said):
        list(api.expenses())


@pytest.mark.parametrize(
    ("item", "webhook"),
    [
        ({"webhookId": None, "id": 5, "url": None}, Webhook("5", "")),
        ({"webhookId": {"a": 1}, "webhook_id": "h", "url": ["x"]}, Webhook("h", "")),
    ],
)
def test_the_id_of_an_endpoint_is_a_text_or_a_number(
    oyster: Oyster, api: OysterApi, item: dict[str, Any], webhook: Webhook
) -> None:
    """What is null or an object is not shown as an id or an address."""
    oyster.webhooks["x"] = item
    assert api.webhooks() == [webhook]


@pytest.mark.parametrize("webhook_id", ["", ".", ".."])
def test_what_is_no_part_of_a_path_deletes_nothing(oyster: Oyster, api: OysterApi, webhook_id: str) -> None:
    """An id that would lead a deletion to the list of all endpoints, or above it, is never sent."""
    with pytest.raises(NotAnIdError, match="is no id of Oyster's; nacre webhooks list"):
        api.delete_webhook(webhook_id)
    assert oyster.calls == []


def test_tokens_are_kept_for_the_next_process(oyster: Oyster, application: Application, tmp_path: Path) -> None:
    """The first use renews the token of the environment; the next process takes what is kept, readable by us alone."""
    for _ in range(2):
        with connect(tmp_path, application) as api:
            api.webhooks()
    assert oyster.calls == ["token refresh_token", "GET /v1/webhooks", "GET /v1/webhooks"]
    file = tmp_path / "oyster_tokens.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    told = json.loads(file.read_bytes())
    assert (told["access_token"], told["refresh_token"], told["scope"]) == ("access-1", "refresh-1", "manage")
    assert time.time() + 7000 < told["expires_at"] < time.time() + 7300
    assert sorted(path.name for path in tmp_path.iterdir()) == ["oyster_tokens.json", "oyster_tokens.lock"]


def test_what_a_killed_renewal_left_is_removed(oyster: Oyster, api: OysterApi, tmp_path: Path) -> None:
    """A renewal that was killed before its rename left a file with tokens: the next one takes it away."""
    (tmp_path / ".oyster_tokens.x7k2").write_text('{"access_token": "access-old"}')
    api.webhooks()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["oyster_tokens.json", "oyster_tokens.lock"]
    assert oyster.grants == 1


def test_each_refresh_token_is_used_once(oyster: Oyster, api: OysterApi) -> None:
    """A token that is refused before its time is renewed with the refresh token of the last grant."""
    for _ in range(3):
        oyster.access_token = "revoked"
        assert api.webhooks() == []
    assert (oyster.grants, oyster.refresh_token) == (3, "refresh-3")


def test_a_token_is_renewed_before_it_expires(oyster: Oyster, application: Application, tmp_path: Path) -> None:
    """With a minute left the token is renewed first, so that no call meets an expired one."""
    now = [1_000_000.0]
    with Session(application, TokenFile(tmp_path), now=lambda: now[0]) as session:
        session.call("GET", "/v1/webhooks")
        now[0] += 7200 - 61
        session.call("GET", "/v1/webhooks")
        now[0] += 2
        session.call("GET", "/v1/webhooks")
    get, renew = "GET /v1/webhooks", "token refresh_token"
    assert oyster.calls == [renew, get, get, renew, get]


def test_tokens_that_another_process_fetched_are_taken(oyster: Oyster, api: OysterApi, tmp_path: Path) -> None:
    """Two processes do not use up one refresh token: who comes second reads what the first has kept."""
    api.webhooks()
    oyster.access_token, oyster.refresh_token = "access-other", "refresh-other"
    with TokenFile(tmp_path).replacing() as replacement:
        replacement.keep(Tokens("access-other", "refresh-other", time.time() + 7200, "manage"))
    assert api.webhooks() == []
    assert oyster.grants == 1


def test_a_new_refresh_token_of_the_environment_heals(oyster: Oyster, application: Application, tmp_path: Path) -> None:
    """When the kept refresh token is refused, the one of the environment is tried."""
    with TokenFile(tmp_path).replacing() as replacement:
        replacement.keep(Tokens("old", "used-up", 0.0, "read"))
    with connect(tmp_path, application) as api:
        assert api.webhooks() == []
    assert oyster.calls == ["token refresh_token", "token refresh_token", "GET /v1/webhooks"]


@pytest.mark.parametrize(
    "answer",
    [
        {"access_token": "hush\nX: y"},
        {"access_token": "hush-☃"},
        {"access_token": "hush-\ud800"},
        {"access_token": None},
        {"access_token": 5},
        {"refresh_token": ["hush"]},
        {"refresh_token": ""},
        {"expires_in": float("nan")},
        {"expires_in": 10**400},
        {"expires_in": None},
    ],
)
def test_tokens_that_no_request_can_carry_are_refused_unseen(
    oyster: Oyster, api: OysterApi, tmp_path: Path, answer: dict[str, Any]
) -> None:
    """A grant of another shape is an error that shows none of it, and keeps nothing."""
    oyster.odd_grant = answer
    with pytest.raises(UnexpectedAnswerError, match="status 200, the tokens are not as documented") as caught:
        api.webhooks()
    assert "hush" not in str(caught.value)
    assert (oyster.calls, [path.name for path in tmp_path.iterdir()]) == (
        ["token refresh_token"],
        ["oyster_tokens.lock"],
    )


def test_what_a_server_repeats_of_our_secrets_is_not_shown(oyster: Oyster, api: OysterApi) -> None:
    """Neither the access token, nor the shared secret, nor what a terminal would obey, is in the sentence."""
    said = "access-1 and shared-secret,\n\x1b[2Jno " + "x" * 1000
    oyster.failures = [JSONResponse({"errors": [{"field": "\x1b[31mshared-secret", "message": said}]}, 422)]
    with pytest.raises(RejectedError) as caught:
        api.register_webhook("https://example.com/", "shared-secret")
    told = "[31m[secret]: [secret] and [secret], [2Jno " + "x" * 271
    assert str(caught.value) == (
        f"Oyster's API, POST /v1/webhooks: status 422, {told} …. Correct what it names and try again."
    )


def test_a_code_is_exchanged_for_tokens(oyster: Oyster, application: Application, tmp_path: Path) -> None:
    """The code of a new authorization gives tokens that are kept."""
    with Session(application, TokenFile(tmp_path)) as session:
        session.authorize("code-1")
        assert session.call("GET", "/v1/webhooks")["data"] == []
    assert oyster.calls == ["token authorization_code", "GET /v1/webhooks"]


def test_a_used_up_refresh_token_says_what_to_do(oyster: Oyster, api: OysterApi, tmp_path: Path) -> None:
    """A refused grant is one sentence with the next step, shows no secret, and leaves no file behind."""
    oyster.refresh_token = "another"
    with pytest.raises(InvalidTokenError) as caught:
        api.webhooks()
    assert str(caught.value) == (
        "Oyster's API, POST /oauth2/token: status 400, The grant is invalid. Authorize again and set "
        "NACRE_OYSTER_REFRESH_TOKEN to the new refresh token: each is valid once."
    )
    assert [path.name for path in tmp_path.iterdir()] == ["oyster_tokens.lock"]


def test_without_any_refresh_token_the_variable_is_named(application: Application, tmp_path: Path) -> None:
    """A first use without a refresh token names the variable that is missing."""
    bare = application.model_copy(update={"refresh_token": None})
    with connect(tmp_path, bare) as api, pytest.raises(SettingsError, match=r"^NACRE_OYSTER_REFRESH_TOKEN is not set"):
        api.webhooks()


@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b"[" * 100_000,
        b'{"access_token": "a", "refresh_token": "r", "expires_at": "x", "scope": ""}',
        b'{"access_token": "a", "refresh_token": "r", "expires_at": null, "scope": ""}',
        b'{"access_token": "a\\nb", "refresh_token": "r", "expires_at": 1, "scope": ""}',
    ],
)
def test_a_damaged_token_file_is_told(application: Application, tmp_path: Path, content: bytes) -> None:
    """A token file that cannot be read stops with a sentence, not a traceback."""
    (tmp_path / "oyster_tokens.json").write_bytes(content)
    with pytest.raises(SettingsError, match="that file is damaged"), connect(tmp_path, application):
        pass


def test_too_many_requests_are_waited_out_as_told(oyster: Oyster, api: OysterApi, slept: list[float]) -> None:
    """A 429 without a body is followed by the wait of its `Retry-After`, then by the same request."""
    oyster.failures = [Response(status_code=429, headers={"Retry-After": seconds}) for seconds in ("17", "3")]
    assert api.register_webhook("https://example.com/", "shared").webhook_id == "hook1"
    assert slept == [17.0, 3.0]
    assert oyster.calls.count("POST /v1/webhooks") == 3


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (" 17 ", 17.0),
        ("Thu, 01 Jan 1970 00:16:45 GMT", 5.0),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0),
        ("9" * 400, 1e9),
        ("\xb2", None),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("", None),
        ("Mon, 01 Jan 99999 00:00:00 GMT", None),
        (None, None),
    ],
)
def test_a_wait_is_told_in_seconds_or_as_a_date(header: str | None, seconds: float | None) -> None:
    """What `Retry-After` may be, and what it may not."""
    assert asked_wait(header, 1000.0) == seconds


@pytest.mark.parametrize(
    ("header", "said"),
    [("86400", "Wait 86,400 s and try again"), ("9" * 400, "Wait 1,000,000,000 s and try again")],
)
def test_a_wait_of_hours_is_told_instead_of_kept(
    oyster: Oyster, api: OysterApi, slept: list[float], header: str, said: str
) -> None:
    """Nobody sits before a command that sleeps for a day without a word."""
    oyster.failures = [Response(status_code=429, headers={"Retry-After": header})]
    with pytest.raises(TooManyRequestsError, match=said):
        api.webhooks()
    assert slept == []


def test_patience_with_too_many_requests_ends(oyster: Oyster, api: OysterApi, slept: list[float]) -> None:
    """After five answers of 429 the caller gets the error, with what Oyster asked for."""
    oyster.failures = [Response(status_code=429, headers={"Retry-After": "60"}) for _ in range(5)]
    with pytest.raises(TooManyRequestsError) as caught:
        api.webhooks()
    assert (caught.value.retry_after, caught.value.problems, slept) == (60.0, (), [60.0] * 4)


def test_a_failing_server_is_asked_again_for_what_changes_nothing(oyster: Oyster, api: OysterApi) -> None:
    """A listing survives a 502; a registration is not repeated, because it may have happened."""
    oyster.failures = [Response(status_code=502)]
    assert api.webhooks() == []
    oyster.failures = [Response(status_code=502)]
    with pytest.raises(ServerFailedError, match="POST /v1/webhooks: status 502, no reason given"):
        api.register_webhook("https://example.com/", "shared")
    assert oyster.webhooks == {}


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Response(b"<html>", media_type="text/html"), "not JSON that can be read"),
        (Response(b'{"data":[{"expenseId":"e1"}'), "not JSON that can be read"),
        (Response(b"[" * 100_000 + b"]" * 100_000), "not JSON that can be read"),
        (Response(b"[" * 100_000, status_code=422), "no reason given"),
        (Response(b"no gzip", headers={"content-encoding": "gzip"}), "cannot be unpacked as its Content-Encoding says"),
        (Response(gzip.compress(b" " * 2_000_000), headers={"content-encoding": "gzip"}), "over 1,000,000 bytes"),
        (Response(b" " * 2_000_000, status_code=500), "over 1,000,000 bytes"),
    ],
    ids=["html", "cut", "deep", "deep error", "undecodable", "bomb", "large error"],
)
def test_an_answer_that_cannot_be_read_is_one_sentence(
    oyster: Oyster, api: OysterApi, monkeypatch: pytest.MonkeyPatch, answer: Response, said: str
) -> None:
    """What is no JSON, or unpacks to more than fits, ends with an error that names it."""
    monkeypatch.setattr("ingest.oyster.answers.MOST_BYTES", 1_000_000)
    oyster.failures = [answer]
    with pytest.raises(OysterError, match=said):
        api.webhooks()


def test_an_answer_that_never_ends_is_broken_off(
    oyster: Oyster, api: OysterApi, monkeypatch: pytest.MonkeyPatch, slept: list[float]
) -> None:
    """An answer that comes byte by byte is given up after its time, and asked for again."""

    async def drip() -> AsyncIterator[bytes]:
        while True:
            yield b" "
            await asyncio.sleep(0.005)

    monkeypatch.setattr("ingest.oyster.answers.MOST_SECONDS", 0.01)
    oyster.failures = [StreamingResponse(drip()) for _ in range(5)]
    with pytest.raises(UnreachableError, match="the answer takes longer than 0 s"):
        api.webhooks()
    assert len(slept) == 4


def test_an_unreachable_server_is_one_sentence(tmp_path: Path, slept: list[float]) -> None:
    """Where nobody listens, the error says so after some attempts, and that nothing was sent."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    kept = Tokens("access", "refresh", time.time() + 7200, "read")
    with TokenFile(tmp_path).replacing() as replacement:
        replacement.keep(kept)
    application = Application(client_id="c", client_secret=SecretStr("s"), api_url=f"http://127.0.0.1:{port}")
    with (
        Session(application, TokenFile(tmp_path), sleep=slept.append) as session,
        pytest.raises(UnreachableError, match=r"GET /v1/webhooks: no answer, .*refused\. Check the network") as caught,
    ):
        session.call("GET", "/v1/webhooks")
    assert (caught.value.sent, caught.value.status, len(slept)) == (False, None, 4)


@pytest.mark.parametrize(
    ("status", "body", "kind", "problems"),
    [
        (401, {"error": {"message": "Invalid token"}}, InvalidTokenError, (Problem("Invalid token"),)),
        (
            403,
            {"errors": [{"message": "No"}, {"message": "Never"}]},
            ScopeMissingError,
            (Problem("No"), Problem("Never")),
        ),
        (404, {"error": {"message": "Gone"}}, NotFoundError, (Problem("Gone"),)),
        (422, {"errors": [{"field": "url", "message": "is taken"}]}, RejectedError, (Problem("is taken", "url"),)),
        (400, {"error": "invalid_grant"}, RejectedError, (Problem("invalid_grant"),)),
        (500, b"<html>", ServerFailedError, ()),
        (418, [], UnexpectedAnswerError, ()),
        (422, {"errors": ["odd", {"field": 1}]}, RejectedError, ()),
    ],
)
def test_every_documented_error_becomes_its_own_kind(
    status: int, body: Any, kind: type[OysterError], problems: tuple[Problem, ...]
) -> None:
    """The status gives the kind, the three documented shapes of a body give the messages, anything else none."""
    error = error_of("GET /x", status, body if isinstance(body, bytes) else json.dumps(body).encode(), None)
    assert (type(error), error.status, error.call, error.problems) == (kind, status, "GET /x", problems)


def test_a_wrong_address_is_suspected_by_name() -> None:
    """Where another server seems to answer, the sentence leads to the variable that names it."""
    redirect, nothing = (error_of("GET /v1/expenses", status, b"<html>", None) for status in (302, 404))
    assert str(redirect) == (
        "Oyster's API, GET /v1/expenses: status 302, a redirect, which is never followed: the token would go along. "
        "Check NACRE_OYSTER_API_URL; if it is right, Oyster's API may have changed: report this sentence."
    )
    said = "Oyster's API, GET /v1/expenses: status 404, no reason given. Check the id and NACRE_OYSTER_API_URL."
    assert str(nothing) == said


def test_a_message_names_call_status_field_and_next_step() -> None:
    """An error reads as one sentence and a next step."""
    error = error_of("POST /v1/webhooks", 422, b'{"errors":[{"field":"url","message":"is taken."}]}', None)
    said = "Oyster's API, POST /v1/webhooks: status 422, url: is taken. Correct what it names and try again."
    assert str(error) == said


def test_an_id_is_one_part_of_the_path(oyster: Oyster, api: OysterApi) -> None:
    """An id with slashes and dots addresses nothing else."""
    with pytest.raises(NotFoundError):
        api.delete_webhook("../expenses?x=1#y")
    assert not any(call.startswith("DELETE /v1/expenses") for call in oyster.calls)


def test_the_sustained_rate_is_never_exceeded() -> None:
    """However fast a caller is, no window of five minutes sees over 300 requests, no second over 40."""
    now, times = [0.0], []

    def sleep(seconds: float) -> None:
        now[0] += seconds

    limit = RateLimit(sleep, lambda: now[0])
    for _ in range(1000):
        limit.wait()
        times.append(now[0])
        now[0] += 1 / 1024
    assert all(later - earlier >= 300 for earlier, later in zip(times, times[300:], strict=False))
    assert all(later - earlier >= 1 for earlier, later in zip(times, times[40:], strict=False))
    assert times[-1] < 1000


def test_the_application_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is missing is named; what is secret is never shown."""
    for name in ("CLIENT_ID", "CLIENT_SECRET"):
        monkeypatch.delenv(f"NACRE_OYSTER_{name}", raising=False)
    with pytest.raises(SettingsError, match=r"^NACRE_OYSTER_CLIENT_ID is not set"):
        load_application()
    monkeypatch.setenv("NACRE_OYSTER_CLIENT_ID", "client")
    monkeypatch.setenv("NACRE_OYSTER_CLIENT_SECRET", "hush-hush")
    application = load_application()
    assert application.api_url == "https://api.oysterhr.com"
    assert "hush-hush" not in repr(application)
    assert "access" not in repr(Tokens("access", "access", 1.0, "read"))


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("NACRE_OYSTER_CLIENT_ID", "", "NACRE_OYSTER_CLIENT_ID is not set"),
        ("NACRE_OYSTER_CLIENT_SECRET", "hush\nhush", "NACRE_OYSTER_CLIENT_SECRET cannot be used: it has a character"),
        ("NACRE_OYSTER_REFRESH_TOKEN", "hush\udcff", "NACRE_OYSTER_REFRESH_TOKEN cannot be used: it has a character"),
        ("NACRE_OYSTER_API_URL", "api.oysterhr.com", "NACRE_OYSTER_API_URL cannot be used: it is no address"),
        ("NACRE_OYSTER_API_URL", "http://[::1", "NACRE_OYSTER_API_URL cannot be used: it is no address"),
        ("NACRE_OYSTER_API_URL", "https://a/\n", None),
        ("NACRE_OYSTER_API_URL", "https://a/\udcff", "NACRE_OYSTER_API_URL cannot be used: it is no address"),
        ("NACRE_OYSTER_API_URL", "https://u:hush@a/", "NACRE_OYSTER_API_URL cannot be used: it is no address"),
        ("NACRE_OYSTER_API_URL", "https://a/?b=c", "NACRE_OYSTER_API_URL cannot be used: it is no address"),
        ("HTTPS_PROXY", "socks5://u:hush@a", "HTTP_PROXY, HTTPS_PROXY or ALL_PROXY names no proxy that can be used"),
        ("ALL_PROXY", "odd://u:hush@a", "HTTP_PROXY, HTTPS_PROXY or ALL_PROXY names no proxy that can be used"),
        ("NO_PROXY", "[::", "or NO_PROXY no hosts"),
        ("SSL_CERT_FILE", os.devnull, "SSL_CERT_FILE or SSL_CERT_DIR or SSLKEYLOGFILE cannot be used: "),
    ],
)
def test_an_environment_that_cannot_be_used_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str | None
) -> None:
    """Whatever a variable holds, the error names it and shows no secret; blanks around a value do no harm."""
    for each, usual in {"CLIENT_ID": "client\n", "CLIENT_SECRET": "quiet"}.items():
        monkeypatch.setenv(f"NACRE_OYSTER_{each}", usual)
    monkeypatch.setenv(name, value)
    expected = pytest.raises(SettingsError, match=re.escape(said)) if said else nullcontext()
    with expected as caught, connect(tmp_path):
        pass
    assert "hush" not in str(caught and caught.value)
