"""The direct way of plain deliveries answers as the general way does, and gives back to it what is not plain."""

import contextlib
import re
import threading
import time
from pathlib import Path

import pytest

from tests.faults.harness import ask, launched
from tests.ingest.live_server import LiveServer, event, live_server, received, until
from tests.ingest.test_http import AUTH, BODY, CLOSE, HEAD, HOST, LENGTH, POST, TYPE, memory

KEPT = POST + HOST + AUTH + TYPE
GENERAL = b"X-Seldom: yes\r\nX-Seldom: twice\r\n"
DATE = re.compile(rb"date: [^\r]+")


@pytest.mark.parametrize("close", [CLOSE, b""])
def test_both_ways_give_the_same_answer(endpoint: LiveServer, close: bytes) -> None:
    """Byte for byte, but for the time, a delivery is answered alike on either way, kept alive or closed."""
    answers = []
    for general in (b"", GENERAL):
        with endpoint.connect() as connection:
            connection.sendall(KEPT + general + close + LENGTH + b"\r\n" + BODY)
            answers.append(connection.recv(65536))
    assert len({DATE.sub(b"", answer) for answer in answers}) == 1
    assert answers[0].startswith(b"HTTP/1.1 202 Accepted\r\n")


@pytest.mark.parametrize("cut", [1, len(KEPT + LENGTH) + 2, len(KEPT + LENGTH) + 30])
def test_a_delivery_in_pieces_is_one_delivery(endpoint: LiveServer, cut: int) -> None:
    """However the network cuts a request, it is stored once and answered once."""
    body = event(500 + cut)
    whole = HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body
    with endpoint.connect() as connection:
        connection.sendall(whole[:cut])
        assert endpoint.post(event(1))[0] == 202
        connection.sendall(whole[cut:])
        answer = received(connection)
    assert (answer.count(b"HTTP/1.1"), answer[:12]) == (1, b"HTTP/1.1 202")
    assert [row["body"] for row in endpoint.stored()].count(body) == 1


def test_requests_of_both_ways_take_turns(endpoint: LiveServer) -> None:
    """Plain deliveries, others and refusals sent at once on one connection are answered in their order."""
    plain, general = KEPT + LENGTH + b"\r\n" + BODY, KEPT + GENERAL + LENGTH + b"\r\n" + BODY
    wrong = KEPT + b"Content-Length: 2\r\n\r\n{}"
    answer = endpoint.raw(plain + general + wrong + plain + wrong + HEAD + LENGTH + b"\r\n" + BODY)
    assert re.findall(rb"HTTP/1.1 (\d+)", answer) == [b"202", b"202", b"422", b"202", b"422", b"202"]


def test_both_ways_are_noted_alike(tmp_path: Path) -> None:
    """Lines, numbers of requests and counts are the same on either way, also of what could not be made durable."""
    control = tmp_path / "faults"
    with launched(tmp_path / "home", {"FAULTS": str(control)}) as server:
        until(server.ready, "it is ready")
        ask(control, call="fsync", errno="EIO", files=True)
        answers = [server.post(BODY), server.post(BODY, *GENERAL.decode().split("\r\n")[:2])]
        control.unlink()
        until(lambda: server.post(BODY)[0] == 202, "it recovers")
        lines = until(lambda: found if len(found := server.logged("delivery")) >= 3 else None, "three lines")
        figures = server.request("GET", "/metrics")[2].decode()
    assert [{**problem, "instance": ""} for _, problem in answers] == [{**answers[0][1], "instance": ""}] * 2
    assert answers[0][0] == 503
    noted = [{**line, "time": 0, "milliseconds": 0, "received_at": 0, "request_id": ""} for line in lines[:2]]
    assert (noted[0], noted[0]["outcome"], noted[0]["bytes"]) == (noted[1], "not-durable", len(BODY))
    accepted = sum(line["outcome"] == "accepted" for line in lines)
    assert f'nacre_deliveries_total{{outcome="accepted"}} {accepted}.0' in figures
    assert f"nacre_ack_seconds_count {accepted}.0" in figures
    assert 'nacre_deliveries_total{outcome="not-durable"} 2.0' in figures


@pytest.mark.thorough
def test_idle_connections_keep_nothing(tmp_path: Path) -> None:
    """Connections that stay open after their answers hold no memory for the bodies that they delivered."""
    body = event(1, '{"note":"%s"}' % ("x" * 60_000))
    request = KEPT + b"Content-Length: %d\r\n\r\n" % len(body) + body
    with live_server(tmp_path / "home") as server, contextlib.ExitStack() as open_ones:
        before = 0
        for number in range(250):
            connection = open_ones.enter_context(server.connect())
            connection.sendall(request)
            assert connection.recv(65536).startswith(b"HTTP/1.1 202")
            before = before if number != 50 else memory(server.pid)
        assert memory(server.pid) - before < 4 * 2**20


@pytest.mark.long
def test_a_stop_does_not_wait_for_a_hung_disk(tmp_path: Path) -> None:
    """Deliveries that the disk keeps waiting get 503 at a stop, on either way, and it ends within ten seconds."""
    control, answers = tmp_path / "faults", []
    with launched(tmp_path / "home", {"FAULTS": str(control)}, commit_seconds=60) as server:
        until(server.ready, "it is ready")
        ask(control, call="fsync", delay=30)
        waiting = [
            threading.Thread(target=lambda extra=extra: answers.append(server.post(BODY, *extra)))
            for extra in ((), ("X-Seldom: yes", "X-Seldom: twice"))
        ]
        for thread in waiting:
            thread.start()
        until(lambda: queued(server) == 2, "both wait")
        started = time.monotonic()
        status = server.stop()
        for thread in waiting:
            thread.join()
    assert (status, time.monotonic() - started < 10) == (1, True)
    assert [(got, problem["detail"]) for got, problem in answers] == [
        (503, "It was not stored: the endpoint is stopping.")
    ] * 2


def queued(server: LiveServer) -> int:
    figures = server.request("GET", "/metrics")[2].decode()
    return int(float(figures.partition("\nnacre_queue_deliveries ")[2].partition("\n")[0]))
