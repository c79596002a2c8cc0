"""Deliveries end to end in one process: what is stored, quarantined, logged, counted, and who may deliver."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from ingest.auth import Gate
from ingest.health import Health
from ingest.home import named_home
from ingest.lake import Lake
from ingest.settings import Settings, SettingsError, load_settings
from tests.ingest.live_server import SECRET, LiveServer, event, live_server, received, stored, until
from tests.short_form import shortened

BAD = b'{"id":"wh_9","event_name":"a","company_id":"","data":{}}'


def test_exact_bytes_are_stored(endpoint: LiveServer) -> None:
    """The body in the lake is the body that was sent, blanks, escapes and digits included."""
    data = b' {"data" : {"n":1.10000000000000000000001e400, "s":"\\u00e9\xc3\xa9"},'
    body = data + b'\r\n"company_id":"c", "event_name":"x y/..", "id":"wh_exact"} '
    assert endpoint.post(body) == (202, {"status": "accepted", "id": "wh_exact"})
    rows = [row for row in endpoint.stored() if row["id"] == "wh_exact"]
    assert [(row["event_name"], row["company_id"], row["body"]) for row in rows] == [("x y/..", "c", body)]


def test_duplicates_are_accepted_and_kept(endpoint: LiveServer) -> None:
    """The same delivery twice is accepted twice and stored twice; telling them apart is the warehouse's work."""
    assert [endpoint.post(event(77))[0] for _ in range(2)] == [202, 202]
    assert [row["body"] for row in endpoint.stored() if row["id"] == f"wh_{77:026d}"] == [event(77)] * 2


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [(b"\xff\x00", 400, "not_utf8"), (b"{", 400, "not_json"), (BAD, 422, "not_the_envelope")],
)
def test_unusable_bodies_are_kept_before_the_answer(
    endpoint: LiveServer, body: bytes, status: int, reason: str
) -> None:
    """An authenticated but unusable body is in quarantine, byte for byte with its reason, when the answer comes."""
    before = len(endpoint.stored("quarantine"))
    got, problem = endpoint.post(body)
    rows = endpoint.stored("quarantine")[before:]
    assert (got, [(row["reason"], row["detail"], row["body"]) for row in rows]) == (
        status,
        [(reason, problem["detail"], body)],
    )


def test_unproven_bodies_are_not_kept(endpoint: LiveServer) -> None:
    """What an unknown sender sends is nowhere in the lake."""
    assert endpoint.post(b"unproven", secret="wrong")[0] == 401
    assert [row for row in endpoint.stored("quarantine") if row["body"] == b"unproven"] == []


def test_one_line_a_delivery(tmp_path: Path) -> None:
    """Each delivery, whatever its end, logs one line with a request id, and an accepted one names its row."""
    with live_server(tmp_path / "home") as server:
        statuses = [server.post(event(1))[0], server.post(BAD)[0], server.post(b"", secret=None)[0]]
        lines = until(lambda: found if len(found := server.logged("delivery")) == 3 else None, "three lines")
        writer = server.logged("serving")[0]["writer"]
        assert [line["status"] for line in lines] == statuses == [202, 422, 401]
        assert [line["request_id"] for line in lines] == [f"{writer}-{number}" for number in (1, 2, 3)]
        segment = Lake(server.home).segments()[0]
        first = pq.read_table(segment.path, partitioning=None).column("received_at").cast("int64")[0].as_py()
        assert (lines[0]["received_at"], segment.name.split("-")[-2]) == (first, writer)


@pytest.mark.thorough
def test_secrets_rotate_without_a_refused_request(tmp_path: Path) -> None:
    """A secret added to the file works at once, one removed stops working, and the counts tell which is in use."""
    file = tmp_path / "secrets"
    file.write_text("old-secret\n")
    with live_server(tmp_path / "home", secrets=None, secrets_file=file) as server:
        assert server.post(event(1), secret="old-secret")[0] == 202
        file.write_text("old-secret\nnew-secret\n")
        assert [server.post(event(n), secret=s)[0] for n, s in ((2, "new-secret"), (3, "old-secret"))] == [202, 202]
        replacement = tmp_path / "replacement"
        replacement.write_text("new-secret\n")
        replacement.replace(file)
        until(lambda: server.post(event(4), secret="old-secret")[0] == 401, "the old secret is forgotten")
        file.write_text("")
        assert server.post(event(5), secret="new-secret")[0] == 202
        figures = server.request("GET", "/metrics", ["Authorization: Bearer new-secret"])[2].decode()
        assert 'nacre_secret_used_total{position="2"} 1.0' in figures
        assert "new-secret" not in figures


def test_metrics_are_for_this_machine_and_count(tmp_path: Path) -> None:
    """Figures are open to this machine and to bearers, not to what a proxy forwards, and carry no sender's text."""
    with live_server(tmp_path / "home") as server:
        assert [server.post(body)[0] for body in (event(1, name="marked.name"), BAD)] == [202, 422]
        status, _, figures = server.request("GET", "/metrics")
        assert status == 200
        for line in (
            b'deliveries_total{outcome="accepted"} 1.0',
            b'nacre_quarantined_total{reason="not_the_envelope"} 1.0',
        ):
            assert line in figures
        assert (b"marked" in figures, b"nacre_last_durable_append_timestamp_seconds 1" in figures) == (False, True)
        assert server.request("GET", "/metrics", ["X-Forwarded-For: 127.0.0.1"])[0] == 403
        proof = ["X-Forwarded-For: 127.0.0.1", f"Authorization: Bearer {SECRET}"]
        assert server.request("GET", "/metrics", proof)[0] == 200


@pytest.mark.parametrize(
    ("address", "is_ours"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("10.0.0.1", False),
        ("::ffff:10.0.0.1", False),
        ("fe80::1%eth0", False),
        ("no address", False),
    ],
)
def test_this_machine_is_known_by_every_address(address: str, is_ours: bool) -> None:
    """Figures are open to this machine by whichever protocol it comes, also where one socket takes both."""
    settings = Settings(secrets=SECRET)  # type: ignore[arg-type]
    health = Health(settings, Gate(settings), None)  # type: ignore[arg-type]
    assert health.may_read_metrics({"headers": [], "client": (address, 1)}) is is_ours


def test_a_metrics_token_closes_every_other_way(tmp_path: Path) -> None:
    """Where NACRE_METRICS_TOKEN is set, nothing else opens the figures."""
    with live_server(tmp_path / "home", metrics_token="figures") as server:
        proofs = [[], [f"Authorization: Bearer {SECRET}"], ["Authorization: Bearer figures"]]
        assert [server.request("GET", "/metrics", proof)[0] for proof in proofs] == [403, 403, 200]


@pytest.mark.parametrize("token", shortened(["", " "], 1))
def test_an_empty_metrics_token_opens_nothing(tmp_path: Path, token: str) -> None:
    """An empty NACRE_METRICS_TOKEN is one that is not set: no forwarded request reads the figures without a secret."""
    with live_server(tmp_path / "home", metrics_token=token) as server:
        forwarded = ["X-Forwarded-For: 8.8.8.8"]
        proofs = [[], ["Authorization: Bearer"], ["Authorization: Bearer "], [f"Authorization: Bearer {SECRET}"]]
        got = [server.request("GET", "/metrics", [*forwarded, *proof])[0] for proof in proofs]
        assert (got, server.request("GET", "/metrics")[0]) == ([403, 403, 403, 200], 200)


def test_health_and_a_clean_stop(tmp_path: Path) -> None:
    """Live and ready answer 200 once the lake took a write, and SIGTERM ends the process with success."""
    with live_server(tmp_path / "home") as server:
        until(server.ready, "the endpoint is ready")
        assert server.request("GET", "/health/live")[::2] == (200, b'{"status":"live"}')
        assert (server.stop(), server.logged("stopped")[0]["finished"]) == (0, True)


@pytest.mark.long
def test_a_stop_does_not_wait_for_half_a_body(tmp_path: Path) -> None:
    """A sender that never finishes its body gets 503 at a stop, which still ends within ten seconds."""
    with live_server(tmp_path / "home") as server, server.connect() as connection:
        head = (
            f"POST /webhooks/oyster HTTP/1.1\r\nHost: t\r\nAuthorization: Bearer {SECRET}\r\nContent-Length: 9\r\n\r\n"
        )
        connection.sendall(head.encode() + b"{")
        assert server.post(event(1))[0] == 202
        started = time.monotonic()
        assert server.stop() == 0
        assert (time.monotonic() - started < 10, received(connection)[:12]) == (True, b"HTTP/1.1 503")


@pytest.mark.thorough
def test_workers_share_one_lake(tmp_path: Path) -> None:
    """Several workers serve one port, each as its own writer; one that dies is replaced; a stop ends them all."""
    with live_server(tmp_path / "home", launcher=("-c", WORKERS)) as server:
        pids = until(lambda: found if len(found := serving(server)) == 2 else None, "two workers")
        until(lambda: {row["id"] for row in deliver(server, 20)} and len(writers(server)) == 2, "both write")
        os.kill(pids[0], signal.SIGKILL)
        until(lambda: len(serving(server)) == 3, "a third replaces the first")
        sent = {row["id"] for row in deliver(server, 20)}
        figures = until(lambda: flushed(server), "every worker's figures").decode()
        assert ("nacre_ready 1.0" in figures, "nacre_ack_seconds_count" in figures) == (True, True)
        assert server.stop() == 0
        assert sent <= {row["id"] for row in stored(server.home)}
        assert [pid for pid in serving(server) if Path(f"/proc/{pid}").exists()] == []


@pytest.mark.thorough
@pytest.mark.skipif(not os.access(Path("/dev", "shm"), os.W_OK), reason="no folder in memory")
def test_workers_need_no_disk_to_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What workers count together lies in memory: a full disk of temporary files kills none of them."""
    monkeypatch.setenv("TMPDIR", str(tmp_path / "disk"))
    (tmp_path / "disk").mkdir()
    with live_server(tmp_path / "home", launcher=("-c", WORKERS)) as server:
        assert server.post(event(1))[0] == 202
        assert list(tmp_path.glob("disk/*")) == []
        assert server.stop() == 0


WORKERS = """
import sys
from ingest.server import serve
from ingest.settings import load_settings
sys.exit(serve(load_settings(), 2))
"""


def flushed(server: LiveServer) -> bytes | None:
    figures = server.request("GET", "/metrics")[2]
    return figures if figures.count(b"nacre_deliveries_total") and b"nacre_ready 1.0" in figures else None


@pytest.mark.thorough
def test_workers_do_not_outlive_their_supervisor(tmp_path: Path) -> None:
    """When the supervisor is killed, its workers stop by themselves."""
    with live_server(tmp_path / "home", launcher=("-c", WORKERS)) as server:
        pids = until(lambda: found if len(found := serving(server)) == 2 else None, "two workers")
        server.kill()
        until(lambda: not [pid for pid in pids if Path(f"/proc/{pid}").exists()], "no worker is left")


@pytest.mark.thorough
def test_workers_that_begin_do_not_outlive_their_supervisor(tmp_path: Path) -> None:
    """When the supervisor is killed before its workers are up, they stop all the same and leave the port."""
    environment = os.environ | {"NACRE_HOME": str(tmp_path), "NACRE_PORT": "0", "NACRE_SECRETS": SECRET}
    with subprocess.Popen([sys.executable, "-c", WORKERS], env=environment, stderr=subprocess.DEVNULL) as supervisor:
        children = Path(f"/proc/{supervisor.pid}/task/{supervisor.pid}/children")
        pids = until(lambda: children.read_text().split(), "the first worker begins")
        supervisor.kill()
    until(lambda: not [pid for pid in pids if Path(f"/proc/{pid}").exists()], "no worker is left")


def serving(server: LiveServer) -> list[int]:
    return [line["pid"] for line in server.logged("serving")]


def writers(server: LiveServer) -> set[str]:
    return {segment.name.split("-")[-2] for segment in Lake(server.home).segments()}


def deliver(server: LiveServer, count: int) -> list[dict[str, object]]:
    return [answer for number in range(count) for status, answer in [server.post(event(number))] if status == 202]


def test_refuses_to_start_without_a_secret(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Each setting that cannot be used is refused with a sentence that names its variable and no secret."""
    for name in [name for name in os.environ if name.startswith("NACRE_")]:
        monkeypatch.delenv(name)
    with pytest.raises(SettingsError, match=r"^NACRE_SECRETS is not set"):
        load_settings().require_secrets()
    with pytest.raises(SettingsError, match=r"^NACRE_SECRETS_FILE cannot be used: .*none: No such file"):
        Settings(secrets_file=tmp_path / "none").require_secrets()
    homes = [("HOME", home) for home in ("~no such user/x", "/x/\udcff", "/x?", "/a*", "/a[b]", "/a\\b", "/x%41")]
    tokens = [("SECRETS", "a, two words"), ("METRICS_TOKEN", "two words")]
    for name, value in [("PORT", "x"), ("MAX_BODY_BYTES", "-1"), *tokens, *homes]:
        monkeypatch.setenv(f"NACRE_{name}", value)
        with pytest.raises(SettingsError, match=f"^NACRE_{name} cannot be used: ") as caught:
            load_settings()
        assert "two words" not in str(caught.value).encode().decode()
        monkeypatch.delenv(f"NACRE_{name}")


@pytest.mark.parametrize("given", ["", " ", ",", " , ,"])
def test_an_empty_entry_is_no_secret(tmp_path: Path, given: str) -> None:
    """What stands empty between commas or on a line of the file is no secret, and alone it is none at all."""
    with pytest.raises(SettingsError, match=r"^NACRE_SECRETS is not set"):
        Settings(secrets=given).require_secrets()  # type: ignore[arg-type]
    file = tmp_path / "secrets"
    file.write_text(given.replace(",", "\n"))
    with pytest.raises(SettingsError, match=r"^NACRE_SECRETS_FILE cannot be used: .* holds no secret"):
        Settings(secrets_file=file).require_secrets()
    file.write_text(f"{given}\nalpha\n")
    both = Settings(secrets=f"{given},alpha"), Settings(secrets_file=file)  # type: ignore[arg-type]
    assert [settings.require_secrets() for settings in both] == [("alpha",)] * 2
    assert [Gate(both[0]).position(header) for header in (b"Bearer ", b"Bearer", b"", None)] == [None] * 4


def test_an_empty_variable_is_as_not_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """`NACRE_HOME=` means the default home, not the folder one is in; so with every other variable."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(f"NACRE_{name.upper()}", raising=False)
    default = load_settings()
    for name in Settings.model_fields:
        monkeypatch.setenv(f"NACRE_{name.upper()}", "")
    assert (load_settings(), default.home, named_home()) == (default, tmp_path / "data", tmp_path / "data")


@pytest.mark.parametrize("name", ["NACRE_HOME", "nacre_home", "Nacre_Home"])
@pytest.mark.parametrize("home", ["there", "~/there", "/there/../here"])
def test_the_home_is_the_same_with_and_without_the_other_settings(
    monkeypatch: pytest.MonkeyPatch, name: str, home: str
) -> None:
    """Commands that read the home alone and those that read all settings mean one folder."""
    monkeypatch.delenv("NACRE_HOME", raising=False)
    monkeypatch.setenv(name, home)
    assert (named_home(), named_home().is_absolute()) == (load_settings().home, True)


def test_settings_are_frozen_and_hide_secrets() -> None:
    """Settings cannot be changed, and their text never shows a secret."""
    settings = Settings(secrets="alpha,omega")  # type: ignore[arg-type]
    assert (settings.require_secrets(), "alpha" in repr(settings)) == (("alpha", "omega"), False)
    with pytest.raises(ValueError, match="frozen"):
        settings.port = 1  # type: ignore[misc]
