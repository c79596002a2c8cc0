"""The whole HTTP table on raw sockets: every request gets the one right answer, and only valid ones are stored."""

import json
import time
from pathlib import Path

import pytest

from tests.ingest.live_server import SECRET, LiveServer, answered, event, live_server, received, until

AUTH = f"Authorization: Bearer {SECRET}\r\n".encode()
TYPE = b"Content-Type: application/json\r\n"
HOST = b"Host: test\r\n"
CLOSE = b"Connection: close\r\n"
POST = b"POST /webhooks/oyster HTTP/1.1\r\n"
BODY = event(1)
LENGTH = b"Content-Length: %d\r\n" % len(BODY)
HEAD = POST + HOST + AUTH + TYPE + CLOSE
CHUNKED = b"Transfer-Encoding: chunked\r\n"


def chunk(body: bytes) -> bytes:
    return b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)


REQUESTS = {
    "a plain delivery": (202, HEAD + LENGTH + b"\r\n" + BODY),
    "a chunked body": (202, HEAD + CHUNKED + b"\r\n" + chunk(BODY)),
    "a query": (202, HEAD.replace(b"oyster ", b"oyster?a=b ") + LENGTH + b"\r\n" + BODY),
    "an offer to wait": (202, HEAD + b"Expect: 100-continue\r\n" + LENGTH + b"\r\n" + BODY),
    "a parameter of the type": (202, HEAD.replace(b"json\r", b"json; charset=utf-8\r") + LENGTH + b"\r\n" + BODY),
    "no type": (202, HEAD.replace(TYPE, b"") + LENGTH + b"\r\n" + BODY),
    "identity": (202, HEAD + b"Content-Encoding: identity\r\n" + LENGTH + b"\r\n" + BODY),
    "no host": (400, HEAD.replace(HOST, b"") + LENGTH + b"\r\n" + BODY),
    "two hosts": (400, HEAD + HOST + LENGTH + b"\r\n" + BODY),
    "two lengths": (400, HEAD + LENGTH + LENGTH + b"\r\n" + BODY),
    "conflicting lengths": (400, HEAD + LENGTH + b"Content-Length: 3\r\n\r\n" + BODY),
    "length and chunks": (400, HEAD + LENGTH + CHUNKED + b"\r\n" + chunk(BODY)),
    "chunks and length": (400, HEAD + CHUNKED + LENGTH + b"\r\n" + chunk(BODY)),
    "chunked not last": (400, HEAD + b"Transfer-Encoding: chunked, gzip\r\n\r\n" + chunk(BODY)),
    "chunked twice": (400, HEAD + CHUNKED + b"Transfer-Encoding: identity\r\n\r\n" + chunk(BODY)),
    "not quite chunked": (400, HEAD + b"Transfer-Encoding: xchunked\r\n\r\n" + chunk(BODY)),
    "a blank before the colon": (400, HEAD + b"Transfer-Encoding : chunked\r\n\r\n" + chunk(BODY)),
    "a chunk without a size": (400, HEAD + CHUNKED + b"\r\nzz\r\n" + BODY),
    "bare line feeds": (400, (HEAD + LENGTH + b"\r\n").replace(b"\r\n", b"\n") + BODY),
    "a signed length": (400, HEAD + b"Content-Length: +5\r\n\r\n" + BODY),
    "a negative length": (400, HEAD + b"Content-Length: -5\r\n\r\n" + BODY),
    "a length beyond 64 bits": (400, HEAD + b"Content-Length: 99999999999999999999999\r\n\r\n"),
    "a NUL in a header": (400, HEAD + b"X: a\0b\r\n" + LENGTH + b"\r\n" + BODY),
    "a folded header": (400, HEAD + b"X: a\r\n b\r\n" + LENGTH + b"\r\n" + BODY),
    "a bare carriage return": (400, HEAD + b"X: a\rb\r\n" + LENGTH + b"\r\n" + BODY),
    "an upgrade": (400, HEAD + b"Connection: Upgrade\r\nUpgrade: h2c\r\n" + LENGTH + b"\r\n" + BODY),
    "HTTP/0.9": (400, b"GET /\r\n\r\n"),
    "HTTP/2": (400, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    "a TLS hello": (400, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
    "an unknown method": (400, b"BREW /webhooks/oyster HTTP/1.1\r\n" + HOST + b"\r\n"),
    "a path beyond ASCII": (400, b"GET /\xff HTTP/1.1\r\n" + HOST + b"\r\n"),
    "no body": (400, HEAD + b"\r\n"),
    "no proof": (401, (HEAD + LENGTH + b"\r\n").replace(AUTH, b"") + BODY),
    "two proofs": (401, HEAD + AUTH + LENGTH + b"\r\n" + BODY),
    "a proof with an empty token": (401, HEAD.replace(SECRET.encode(), b"") + LENGTH + b"\r\n" + BODY),
    "another scheme": (401, HEAD.replace(b"Bearer", b"Basic") + LENGTH + b"\r\n" + BODY),
    "a wrong secret": (401, HEAD.replace(SECRET.encode(), b"x" * len(SECRET)) + LENGTH + b"\r\n" + BODY),
    "a longer secret": (401, HEAD.replace(SECRET.encode(), SECRET.encode() + b"0") + LENGTH + b"\r\n" + BODY),
    "another path": (404, HEAD.replace(b"oyster ", b"oyster/ ") + LENGTH + b"\r\n" + BODY),
    "reading": (405, b"GET /webhooks/oyster HTTP/1.1\r\n" + HOST + CLOSE + b"\r\n"),
    "deleting": (405, b"DELETE /webhooks/oyster HTTP/1.1\r\n" + HOST + CLOSE + b"\r\n"),
    "writing health": (405, b"POST /health/live HTTP/1.1\r\n" + HOST + CLOSE + b"Content-Length: 0\r\n\r\n"),
    "half a head": (408, POST + HOST),
    "half a body": (408, HEAD + LENGTH + b"\r\n" + BODY[:10]),
    "half a chunk": (408, HEAD + CHUNKED + b"\r\nff\r\n" + BODY[:10]),
    "silence": (408, b""),
    "line ends alone": (408, b"\r\n\r\n"),
    "a declared giant": (413, HEAD + b"Content-Length: 9999999999\r\n\r\n"),
    "a chunked giant": (413, HEAD + CHUNKED + b"\r\n" + chunk(b" " * 150_000)),
    "a giant at once": (413, HEAD + b"Content-Length: 100001\r\n\r\n" + b" " * 100_001),
    "gzip": (415, HEAD + b"Content-Encoding: gzip\r\n" + LENGTH + b"\r\n" + BODY),
    "gzip in transfer": (415, HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n" + chunk(BODY)),
    "a form": (415, HEAD.replace(b"application/json", b"application/x-www-form-urlencoded") + LENGTH + b"\r\n" + BODY),
    "two types": (415, HEAD + TYPE + LENGTH + b"\r\n" + BODY),
    "a URI bomb": (431, b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n"),
    "a header bomb": (431, HEAD + b"X: " + b"a" * 300_000 + b"\r\n\r\n"),
    "many headers": (431, HEAD + b"".join(b"X-%d: a\r\n" % number for number in range(101)) + b"\r\n"),
}


WAITING = {"half a head", "half a body", "half a chunk", "line ends alone"}
"""Requests that are answered when their time is over, as `silence` is."""


@pytest.mark.parametrize(
    "what", [pytest.param(what, marks=pytest.mark.thorough if what in WAITING else ()) for what in REQUESTS]
)
def test_every_request_gets_its_answer(endpoint: LiveServer, what: str) -> None:
    """Each kind of request gets the one status of the table, errors as problem documents of the same status."""
    status, request = REQUESTS[what]
    answer = endpoint.raw(request).removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n")
    got, headers, content = answered(answer)
    told = json.loads(content)
    expected = (status, "application/json", 202) if status == 202 else (status, "application/problem+json", status)
    assert (got, headers["content-type"], told.get("status") if status != 202 else 202) == expected
    if status == 202:
        assert told == {"status": "accepted", "id": f"wh_{1:026d}"}


def test_errors_repeat_neither_body_nor_token(endpoint: LiveServer) -> None:
    """No error answer and no log line holds anything of the body, the token or another header."""
    marks = [b"marked-body", b"marked-token", b"marked-header", SECRET.encode()]
    body = b'{"id":"marked-body","event_name":"marked-body"'
    answers = [
        endpoint.raw(HEAD + b"X: marked-header\r\nContent-Length: %d\r\n\r\n" % len(content) + content)
        for content in (body, body + b"}", body + b',"company_id":"marked-body","data":"marked-body"}')
    ]
    answers.append(endpoint.raw(HEAD.replace(SECRET.encode(), b"marked-token") + LENGTH + b"\r\n" + BODY))
    assert [answered(answer)[0] for answer in answers] == [400, 422, 422, 401]
    until(lambda: len(endpoint.logged("delivery")) >= 4, "the lines are written")
    said = b"".join(answers) + endpoint.log.read_bytes()
    assert [mark for mark in marks if mark in said] == []


def test_unauthorized_is_one_answer(endpoint: LiveServer) -> None:
    """Whatever is wrong with the proof, the answer is the same but for the request's own number."""
    requests = [REQUESTS[what][1] for what in REQUESTS if REQUESTS[what][0] == 401]
    answers = [answered(endpoint.raw(request)) for request in requests]
    documents = [{**json.loads(content), "instance": ""} for _, _, content in answers]
    heads = [{**headers, "date": "", "content-length": ""} for _, headers, _ in answers]
    assert documents == [documents[0]] * len(requests)
    assert heads == [heads[0]] * len(requests)


def test_proof_is_checked_before_the_body(endpoint: LiveServer) -> None:
    """A sender without a secret is refused before a byte of its body is read."""
    with endpoint.connect() as connection:
        connection.sendall(POST + HOST + TYPE + b"Content-Length: 5000\r\n\r\n")
        assert answered(connection.recv(65536))[0] == 401


def test_requests_on_one_connection_keep_their_order(endpoint: LiveServer) -> None:
    """Requests sent at once on one connection are each answered, in order."""
    bodies = [event(number) for number in range(10, 15)]
    frame = b"".join(HEAD.replace(CLOSE, b"") + b"Content-Length: %d\r\n\r\n" % len(body) + body for body in bodies)
    answer = endpoint.raw(frame + HEAD + LENGTH + b"\r\n" + BODY)
    ids = [json.loads(part.partition(b"\r\n\r\n")[2])["id"] for part in answer.split(b"HTTP/1.1 ")[1:]]
    assert ids == [f"wh_{number:026d}" for number in (*range(10, 15), 1)]


@pytest.mark.thorough
def test_idle_connections_are_closed(endpoint: LiveServer) -> None:
    """A connection that stays silent after its answer is closed; one that goes on is not."""
    with endpoint.connect() as connection:
        for _ in range(3):
            connection.sendall(HEAD.replace(CLOSE, b"") + LENGTH + b"\r\n" + BODY)
            assert connection.recv(65536).startswith(b"HTTP/1.1 202")
        assert received(connection) == b""


def test_a_valid_request_before_garbage_is_served(endpoint: LiveServer) -> None:
    """A whole request is answered although what follows it on the connection is no HTTP."""
    answer = endpoint.raw(HEAD.replace(CLOSE, b"") + LENGTH + b"\r\n" + BODY + b"garbage\r\n\r\n")
    assert answered(answer)[0] == 202


@pytest.mark.thorough
def test_slow_senders_free_their_places(endpoint: LiveServer) -> None:
    """Two hundred half-sent requests are ended by their deadlines while a whole one is answered at once."""
    slow = [endpoint.connect() for _ in range(200)]
    for number, connection in enumerate(slow):
        connection.sendall((POST + HOST) if number % 2 else (HEAD + LENGTH + b"\r\n" + BODY[:5]))
    started = time.monotonic()
    assert endpoint.post(BODY)[0] == 202
    assert time.monotonic() - started < 1
    assert {answered(received(connection))[0] for connection in slow} == {408}
    for connection in slow:
        connection.close()


@pytest.mark.thorough
def test_a_dripping_body_meets_its_deadline(endpoint: LiveServer) -> None:
    """A byte now and then does not extend the time that a whole body may take."""
    with endpoint.connect() as connection:
        connection.sendall(HEAD + b"Content-Length: 1000\r\n\r\n")
        connection.settimeout(0.1)
        answer, started = b"", time.monotonic()
        while not answer and time.monotonic() - started < 10:
            connection.sendall(b" ")
            try:
                answer = connection.recv(65536)
            except TimeoutError:
                continue
        assert answered(answer)[0] == 408
        assert time.monotonic() - started < 5


@pytest.mark.thorough
def test_a_body_without_end_costs_no_memory(tmp_path: Path) -> None:
    """A gigabyte in chunks is refused, and the process grows by less than a few bodies."""
    with live_server(tmp_path / "home") as server:
        assert server.post(BODY)[0] == 202
        before = memory(server.pid)
        piece = b"10000\r\n" + b"x" * 65536 + b"\r\n"
        with server.connect() as connection:
            connection.sendall(HEAD + CHUNKED + b"\r\n")
            sent = 0
            try:
                while sent < 2**30:
                    connection.sendall(piece)
                    sent += len(piece)
            except OSError:
                assert sent > 2**20
        assert memory(server.pid) - before < 8 * 1024 * 1024
        assert server.post(BODY)[0] == 202


def memory(pid: int) -> int:
    with open(f"/proc/{pid}/statm", encoding="ascii") as statm:  # noqa: PTH123 - not a file of ours
        return int(statm.read().split()[1]) * 4096
