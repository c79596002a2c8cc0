"""One connection on its own: requests sent ahead, trailers, HEAD, and answers nobody takes, all within bounds."""

import asyncio
import contextlib
import gc
import json
import re
import socket
import struct
import weakref
from pathlib import Path
from typing import Any

import pytest
import uvicorn
import uvloop
from uvicorn.server import ServerState

from ingest.protocol import BoundedProtocol
from tests.ingest.live_server import LiveServer, answered, event, live_server, received, until
from tests.ingest.test_http import AUTH, BODY, CHUNKED, CLOSE, HEAD, HOST, LENGTH, POST, TYPE, chunk, memory

KEPT = POST + HOST + AUTH + TYPE
DELIVERY = KEPT + LENGTH + b"\r\n" + BODY
GENERAL = KEPT + b"X-Seldom: yes\r\nX-Seldom: twice\r\n" + LENGTH + b"\r\n" + BODY
LIVE = b"GET /health/live HTTP/1.1\r\n" + HOST + b"\r\n"
LAST = b"GET /health/live HTTP/1.1\r\n" + HOST + CLOSE + b"\r\n"
MOST_WAITING = 64


def statuses(answer: bytes) -> list[int]:
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3})", answer)]


@pytest.mark.parametrize(("one", "status"), [(LIVE, 200), (DELIVERY, 202), (GENERAL, 202)])
def test_as_many_as_may_wait_are_served(endpoint: LiveServer, one: bytes, status: int) -> None:
    """A sender that stays within the bound of requests sent ahead has every one of them answered."""
    assert statuses(endpoint.raw(one * MOST_WAITING + LAST)) == [status] * MOST_WAITING + [200]


def test_a_sender_that_goes_on_is_held_back(endpoint: LiveServer) -> None:
    """While requests wait, what else arrives on their connection stays with the network, and is served later."""
    with endpoint.connect() as connection:
        connection.sendall(GENERAL * 60)
        begun = connection.recv(65536)
        connection.sendall(GENERAL * 59 + LAST)
        assert statuses(begun + received(connection)) == [202] * 119 + [200]


def test_requests_sent_ahead_are_bounded(endpoint: LiveServer) -> None:
    """Requests beyond those that may wait are refused, once what came before them is answered."""
    got = statuses(endpoint.raw(LIVE * 5000))
    assert (got, len(got) <= MOST_WAITING + 2) == ([200] * (len(got) - 1) + [503], True)


@pytest.mark.thorough
def test_requests_sent_ahead_cost_no_memory(tmp_path: Path) -> None:
    """Floods of requests whose answers nobody reads leave the endpoint small and quick, while they last and after."""
    with live_server(tmp_path / "home") as server:
        assert server.post(BODY)[0] == 202
        before = memory(server.pid)
        for _ in range(3):
            flooding = [server.connect() for _ in range(10)]
            for connection in flooding:
                connection.setblocking(False)
            for _ in range(20):
                for connection in flooding:
                    with contextlib.suppress(OSError):
                        connection.send(LIVE * 2000)
                assert server.request("GET", "/health/live")[0] == 200
            assert memory(server.pid) - before < 16 * 2**20
            for connection in flooding:
                connection.close()


def test_a_connection_that_is_gone_is_forgotten() -> None:
    """A connection whose sender left before its answers is freed at once, without a collector of garbage."""
    made: list[weakref.ref[BoundedProtocol]] = []

    async def lose_one() -> None:
        asked, gone = asyncio.Event(), asyncio.Event()

        async def app(_: Any, __: Any, send: Any) -> None:
            asked.set()
            await gone.wait()
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
            await send({"type": "http.response.body"})

        def protocol() -> BoundedProtocol:
            connection = BoundedProtocol(uvicorn.Config(app, lifespan="off", log_config=None), ServerState(), {})
            made.append(weakref.ref(connection))
            return connection

        server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0)
        with socket.create_connection(server.sockets[0].getsockname()) as sender:
            sender.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # leaves by a reset
            sender.sendall(LIVE * 5)
            await asked.wait()
        gone.set()
        server.close()
        await server.wait_closed()
        await asyncio.sleep(0.01)

    gc.disable()
    try:
        uvloop.run(lose_one())
        assert [connection() for connection in made] == [None]
    finally:
        gc.enable()


@pytest.mark.parametrize(
    ("what", "answers"),
    [
        (b"garbage\r\n\r\n", [202, 400]),
        (KEPT + CHUNKED + b"\r\nzz\r\n", [202, 400]),
        (b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n", [202, 431]),
        pytest.param(b"GET /" + b"a" * 300_000, [202, 431], id="a head without end"),
        pytest.param(KEPT + b"X: " + b"a" * 20_000, [202, 408], marks=pytest.mark.thorough, id="half a head"),
    ],
)
@pytest.mark.parametrize("first", [DELIVERY, GENERAL], ids=["plain", "general"])
def test_what_is_refused_waits_for_what_came_before(
    endpoint: LiveServer, first: bytes, what: bytes, answers: list[int]
) -> None:
    """Whatever is wrong with the second request of a packet, the first is answered first, then the second refused."""
    assert statuses(endpoint.raw(first + what)) == answers


@pytest.mark.thorough
@pytest.mark.parametrize(("count", "last"), [(50, b""), (30, CLOSE)], ids=["in between", "at its end"])
def test_answers_that_nobody_takes_are_given_up(endpoint: LiveServer, count: int, last: bytes) -> None:
    """A connection whose answers are not read for the time of an idle one is ended, so that its place is free."""
    greedy = socket.socket()
    greedy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    greedy.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 536)  # so that the kernel keeps little for it
    greedy.connect(("127.0.0.1", endpoint.port))
    figures = b"GET /metrics HTTP/1.1\r\n" + HOST
    greedy.sendall((figures + b"\r\n") * count + figures + last + b"\r\n")
    until(lambda: is_held(endpoint, greedy), "the connection is there")
    until(lambda: not is_held(endpoint, greedy), "the connection is given up", patience=5)
    greedy.close()


def is_held(endpoint: LiveServer, sender: socket.socket) -> bool:
    """Whether a process holds the endpoint's side of a connection (proc_net_tcp(5): its inode is 0 where none does)."""
    ours, theirs = f":{endpoint.port:04X}", f":{sender.getsockname()[1]:04X}"
    rows = [row.split() for row in Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]]
    return any(row[1].endswith(ours) and row[2].endswith(theirs) and row[9] != "0" for row in rows)


@pytest.mark.parametrize(
    ("head", "trailer", "status"),
    [(HEAD.replace(AUTH, b""), AUTH, 401), (HEAD, b"Authorization: x\r\n", 202), (HEAD, b"Content-Type: x\r\n", 202)],
    ids=["a proof", "another proof", "another type"],
)
def test_trailers_are_no_headers(endpoint: LiveServer, head: bytes, trailer: bytes, status: int) -> None:
    """What stands behind a chunked body proves nothing and changes nothing, in whatever packet it comes."""
    whole = head + CHUNKED + b"\r\n" + chunk(BODY)[:-2] + trailer + b"\r\n"
    assert answered(endpoint.raw(whole))[0] == status


@pytest.mark.parametrize("piece", [b"X: a\r\n" * 1000, b"a" * 6000], ids=["fields", "value"])
@pytest.mark.parametrize(
    ("head", "answers"), [(HEAD, [431]), (LIVE[:-2], [200, 431]), (HEAD.replace(AUTH, b""), [401])]
)
def test_trailers_are_bounded(endpoint: LiveServer, head: bytes, answers: list[int], piece: bytes) -> None:
    """A sender whose trailers do not end is refused after as much as a head may be, whether or not it is answered."""
    with endpoint.connect() as connection:
        connection.sendall(head + CHUNKED + b"\r\n2\r\n{}\r\n0\r\nX: ")
        with contextlib.suppress(ConnectionError):
            for _ in range(100):
                connection.sendall(piece)
        assert statuses(received(connection)) == answers


@pytest.mark.thorough
@pytest.mark.parametrize("head", [HEAD, HEAD.replace(AUTH, b"")], ids=["proven", "not proven"])
def test_trailers_cost_no_memory(endpoint: LiveServer, head: bytes) -> None:
    """However long a sender goes on with its trailers, the process does not grow."""
    before = peak = memory(endpoint.pid)
    with endpoint.connect() as connection, contextlib.suppress(ConnectionError):
        connection.sendall(head + CHUNKED + b"\r\n2\r\n{}\r\n0\r\n")
        for _ in range(500):
            connection.sendall(b"X: a\r\n" * 10_000)
            peak = max(peak, memory(endpoint.pid))
    assert peak - before < 8 * 2**20


@pytest.mark.parametrize("size", [1, 1000])
def test_many_small_chunks_are_a_body(endpoint: LiveServer, size: int) -> None:
    """A body in chunks whose frames are larger than a head may be is taken all the same."""
    body = event(700 + size, '{"note":"%s"}' % ("x" * 90_000))
    pieces = [body[start : start + size] for start in range(0, len(body), size)]
    framed = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\nX: a\r\n\r\n"
    assert answered(endpoint.raw(HEAD + CHUNKED + b"\r\n" + framed))[0] == 202


def test_a_body_that_nobody_asked_for_is_no_head(endpoint: LiveServer) -> None:
    """The body of a request that is already answered does not count as the head of the next one."""
    with endpoint.connect() as connection:
        connection.sendall(b"GET /health/live HTTP/1.1\r\n" + HOST + b"Content-Length: 90000\r\n\r\n")
        assert statuses(connection.recv(65536)) == [200]
        for _ in range(9):
            connection.sendall(b"x" * 10_000)
        connection.sendall(LAST)
        assert statuses(received(connection)) == [200]


@pytest.mark.parametrize(
    "path", [b"/health/live", b"/health/ready", b"/metrics", b"/webhooks/oyster", b"/another", b"/health/live/"]
)
def test_head_is_answered_as_get_without_a_body(endpoint: LiveServer, path: bytes) -> None:
    """HEAD gets the status and the headers of GET on every path, and no body, also before another request."""
    until(endpoint.ready, "the endpoint is ready")
    asked = path + b" HTTP/1.1\r\n" + HOST
    got = answered(endpoint.raw(b"HEAD " + asked + CLOSE + b"\r\n"))
    status, headers, _ = answered(endpoint.raw(b"GET " + asked + CLOSE + b"\r\n"))
    assert got[0] == status
    assert got[1].keys() == headers.keys()
    assert got[2] == b""
    if status == 200:
        assert statuses(endpoint.raw(b"HEAD " + asked + b"\r\n" + LAST)) == [200, 200]


@pytest.mark.parametrize("method", [b"GET", b"POST"])
def test_no_path_leads_elsewhere(endpoint: LiveServer, method: bytes) -> None:
    """A path with a slash too many is another path: a problem document, and no redirection to what Host says."""
    asked = method + b" /health/live/ HTTP/1.1\r\nHost: elsewhere\r\n" + CLOSE + b"Content-Length: 0\r\n\r\n"
    status, headers, content = answered(endpoint.raw(asked))
    assert (status, headers["content-type"], "location" in headers) == (404, "application/problem+json", False)
    assert json.loads(content)["status"] == 404


def test_strangers_leave_the_lake_its_descriptors(tmp_path: Path) -> None:
    """However many connections are opened, and however few files may be, a proven delivery can still be stored."""
    few_files = ("sh", "-c", 'ulimit -n 200 && exec "$@"', "sh")
    with live_server(tmp_path / "home", wrapper=few_files) as server, contextlib.ExitStack() as opened:
        kept = opened.enter_context(server.connect())
        for _ in range(300):
            opened.enter_context(server.connect())
        for _ in range(3):  # by the last answer, every stranger was taken or refused
            kept.sendall(LIVE)
            assert answered(kept.recv(65536))[0] == 200
        kept.sendall(DELIVERY)
        assert (answered(kept.recv(65536))[0], len(server.stored())) == (202, 1)


@pytest.mark.parametrize(
    ("sent", "answers"),
    [
        (DELIVERY, [202]),
        (GENERAL, [202]),
        (LIVE, [200]),
        (DELIVERY * 3, [202] * 3),
        (GENERAL * 3, [202] * 3),
        (DELIVERY + GENERAL + GENERAL[:-1], [202, 202]),
        (DELIVERY + POST, [202]),
        (DELIVERY[:-1], []),
    ],
)
def test_a_sender_that_has_no_more_to_say_is_answered(endpoint: LiveServer, sent: bytes, answers: list[int]) -> None:
    """What came whole is answered although its sender has closed its side of the connection by then."""
    with endpoint.connect() as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        assert statuses(received(connection)) == answers
