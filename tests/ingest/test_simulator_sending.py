"""Simulated traffic over HTTP: a sender that loses nothing, against a real server."""

import asyncio
import socket
import threading
import time
from collections import Counter
from pathlib import Path

import pytest
from local_http import running
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ingest.settings import Settings
from ingest.simulator import Traffic
from ingest.simulator.connection import UnusableUrl
from ingest.simulator.sending import SendReport, Undelivered, endpoint_url, send


class Endpoint:
    """An endpoint that keeps what it accepts, and can be told to answer the first requests otherwise."""

    def __init__(self, *answers: Response | None) -> None:
        self._answers = list(answers)
        self.accepted: list[bytes] = []
        self.heads: Counter[str] = Counter()
        self.peers: set[int] = set()
        self.times: list[float] = []
        self.pauses: list[float] = []
        self.app = Starlette(routes=[Route("/webhooks/oyster", self._receive, methods=["POST"])])

    async def _receive(self, request: Request) -> Response:
        body = await request.body()
        self.times.append(time.monotonic())
        if self.pauses:
            await asyncio.sleep(self.pauses.pop())
        self.heads[f"{request.headers['authorization']} {request.headers['content-type']}"] += 1
        self.peers.add(request.client.port if request.client else 0)
        answer = self._answers.pop() if self._answers else None
        if answer is not None:
            return answer
        self.accepted.append(body)
        return JSONResponse({"status": "accepted"}, 202)


def bodies(events: int, seed: int = 0) -> list[bytes]:
    """The bodies that a traffic holds."""
    return [body for day in Traffic(events, seed).bodies() for body in day]


def outcome(report: SendReport) -> tuple[int, dict[int, int], int]:
    """A report without its clock."""
    return report.accepted, report.refused, report.retries


def test_everything_arrives_over_connections_that_stay_open() -> None:
    """Every body is posted as it is, with the secret, over as many connections as asked for and no more."""
    endpoint = Endpoint()
    answers: list[tuple[bytes, int]] = []
    with running(endpoint.app) as url:
        report = send(
            f"{url}/webhooks/oyster",
            "s3cret",
            Traffic(300),
            concurrency=4,
            answered=lambda body, status: answers.append((body, status)),
        )
    expected = bodies(300)
    assert sorted(endpoint.accepted) == sorted(expected)
    assert outcome(report) == (len(expected), {}, 0)
    assert sorted(answers) == sorted((body, 202) for body in expected)
    assert endpoint.heads == {"Bearer s3cret application/json": len(expected)}
    assert len(endpoint.peers) == 4


def test_refusals_are_counted_by_status_and_not_repeated() -> None:
    """A final refusal is counted under its status; the delivery is not sent again."""
    endpoint = Endpoint(Response(status_code=401), Response(status_code=422), Response(status_code=401))
    with running(endpoint.app) as url:
        report = send(f"{url}/webhooks/oyster", "s", Traffic(50), concurrency=2)
    sent = len(bodies(50))
    assert outcome(report) == (sent - 3, {401: 2, 422: 1}, 0)
    assert report.deliveries == len(endpoint.times) == sent


@pytest.mark.thorough
def test_busy_answers_are_repeated_as_late_as_asked() -> None:
    """A 503 is sent again, no earlier than `Retry-After` says, until it is accepted."""
    endpoint = Endpoint(Response(status_code=503), Response(status_code=503, headers={"Retry-After": "1"}))
    with running(endpoint.app) as url:
        report = send(f"{url}/webhooks/oyster", "s", Traffic(1), concurrency=1)
    first, second = endpoint.times[:2]
    assert outcome(report)[1:] == ({}, 2)
    assert set(endpoint.accepted) == set(bodies(1))
    assert second - first >= 1


def test_an_answer_that_closes_the_connection_is_followed_by_a_new_one() -> None:
    """`Connection: close` is obeyed without losing or repeating a delivery."""
    endpoint = Endpoint(*[Response(status_code=413, headers={"Connection": "close"}) for _ in range(3)])
    with running(endpoint.app) as url:
        report = send(f"{url}/webhooks/oyster", "s", Traffic(20), concurrency=1)
    assert outcome(report) == (len(bodies(20)) - 3, {413: 3}, 0)
    assert len(endpoint.peers) == 4


ALONE = next(seed for seed in range(9) if len(bodies(1, seed)) == 1)
"""A seed whose first event is delivered once."""


def serve(listener: socket.socket, answers: list[bytes]) -> None:
    """Answer one connection after the other, each with its bytes, then hang up."""
    for answer in answers:
        peer, _ = listener.accept()
        with peer:
            peer.recv(65536)
            peer.sendall(answer)


def test_a_lost_connection_is_tried_again() -> None:
    """A server that hangs up before it answers, or answers nonsense, is asked again."""
    listener = socket.create_server(("127.0.0.1", 0))
    answers = [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"]
    thread = threading.Thread(target=serve, args=(listener, answers))
    thread.start()
    with listener:
        report = send(f"http://127.0.0.1:{listener.getsockname()[1]}/", "s", Traffic(1, ALONE), concurrency=1)
        thread.join(5)
    assert outcome(report) == (1, {}, 2)


def test_an_interim_answer_is_none() -> None:
    """What says that the answer is still to come is no acceptance; a protocol that nobody asked for is no answer."""
    listener = socket.create_server(("127.0.0.1", 0))
    end = b"Content-Length: 0\r\nConnection: close\r\n\r\n"
    answers = [
        b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: other\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 503 Service Unavailable\r\n" + end,
        b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 422 Unprocessable Content\r\n" + end,
    ]
    thread = threading.Thread(target=serve, args=(listener, answers))
    thread.start()
    with listener:
        report = send(f"http://127.0.0.1:{listener.getsockname()[1]}/", "s", Traffic(1, ALONE), concurrency=1)
        thread.join(5)
    assert outcome(report) == (0, {422: 1}, 2)


def test_silence_ends_in_one_sentence() -> None:
    """Where nothing listens, patience ends, and the error says what was done and what to do."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(
        Undelivered, match=r"gave no final answer within 0\.3 s .* start it with `nacre serve`"
    ) as caught:
        send(f"http://127.0.0.1:{port}/webhooks/oyster", "s", Traffic(10), concurrency=3, patience=0.3)
    assert (caught.value.report.accepted, caught.value.patience) == (0, 0.3)


def test_the_rate_is_kept() -> None:
    """With a rate, deliveries are spread over time instead of sent at once."""
    endpoint = Endpoint()
    with running(endpoint.app) as url:
        started = time.monotonic()
        send(f"{url}/webhooks/oyster", "s", Traffic(30), rate=60, concurrency=8)
    assert endpoint.times[-1] - started >= (len(endpoint.times) - 1) / 60


def test_the_rate_is_kept_after_a_pause() -> None:
    """What an endpoint that was slow for a moment has missed does not come all at once."""
    endpoint, pause = Endpoint(), 0.3
    endpoint.pauses = [pause]
    with running(endpoint.app) as url:
        send(f"{url}/webhooks/oyster", "s", Traffic(12), rate=60, concurrency=1)
    assert endpoint.times[-1] - endpoint.times[0] >= pause + (len(endpoint.times) - 2) / 60


@pytest.mark.parametrize(
    "url",
    [
        "localhost:8000",
        "ftp://example.com/",
        "http:///webhooks",
        "http://h:99999",
        "http://[::1",
        "http://a..b",
        "[/x]",
    ],
)
def test_a_url_that_is_none_is_refused(url: str) -> None:
    """What cannot be posted to is refused before anything is sent."""
    with pytest.raises(UnusableUrl, match="is no URL to post to"):
        send(url, "s", Traffic(1))


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:9/webhooks/oyster"),
        ("0.0.0.0", "http://127.0.0.1:9/webhooks/oyster"),  # noqa: S104 - recognised, not bound
        ("::", "http://[::1]:9/webhooks/oyster"),
        ("::1", "http://[::1]:9/webhooks/oyster"),
        ("example.com", "http://example.com:9/webhooks/oyster"),
    ],
)
def test_the_endpoint_of_settings(host: str, url: str, tmp_path: Path) -> None:
    """The address to send to follows from the address to serve on."""
    assert endpoint_url(Settings(home=tmp_path, host=host, port=9)) == url
