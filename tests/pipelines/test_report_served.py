"""The report that follows a publication: made by Dagster, asked for by its sensor, shown to a browser."""

import os
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from dagster import DagsterInstance, Definitions, RunRequest, SkipReason, build_sensor_context

from pipelines.cli.dev import command
from pipelines.graph import definitions
from pipelines.home import Home
from pipelines.services import free_port, report_server
from pipelines.supervisor import running, wait_until_ready
from tests.pipelines.report_pages import publish_empty

HEADERS = {
    "content-type": "text/html; charset=utf-8",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
}


@pytest.fixture
def published_home(tmp_path: Path) -> Home:
    """A home with a published warehouse."""
    publish_empty(tmp_path)
    return Home(tmp_path)


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """Where the report of the home at `tmp_path` is shown."""
    port = free_port()
    with running([report_server(Home(tmp_path), port)]) as started:
        wait_until_ready(started[0], started, f"http://127.0.0.1:{port}/health/live")
        yield f"http://127.0.0.1:{port}"


@pytest.mark.thorough
def test_report_is_an_asset_that_no_build_makes(published_home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """The job report writes the page with its size and address; the job build leaves it to that job."""
    monkeypatch.setenv("NACRE_REPORT_URL", "http://127.0.0.1:1/")
    found = definitions(published_home)
    with DagsterInstance.ephemeral() as instance:
        result = found.resolve_job_def("write_report").execute_in_process(instance=instance)
    (made,) = result.asset_materializations_for_node("report")
    page = published_home.report
    assert (made.metadata["bytes"].value, made.metadata["page"].value, page.stat().st_mode & 0o777) == (
        page.stat().st_size,
        "http://127.0.0.1:1/",
        0o600,
    )
    built = found.resolve_job_def("build").asset_layer.executable_asset_keys
    assert "report" not in {key.to_user_string() for key in built}


def test_graph_can_be_loaded(home: Home) -> None:
    """Dagster's code server takes the graph: no two parts of it have one name."""
    found = definitions(home)
    Definitions.validate_loadable(found)
    assert {job.name for job in found.jobs or ()} >= {"build", "write_report"}


def test_sensor_asks_once_for_each_publication(published_home: Home) -> None:
    """A publication is asked for once; the next one not within five minutes, but then; without one nothing is asked."""
    sensor = definitions(published_home).resolve_sensor_def("write_report_follows")
    answers = []
    with DagsterInstance.ephemeral() as instance:

        def tick(cursor: str | None) -> str | None:
            context = build_sensor_context(instance=instance, cursor=cursor)
            answers.append(type(sensor(context)))
            return context.cursor

        cursor = tick(None)
        assert cursor is not None
        tick(cursor)
        tick(f"{cursor.partition(' ')[0]} 0")
        os.utime(published_home.published, (1, 1))
        tick(cursor)
        tick(f"{cursor.partition(' ')[0]} 0")
        published_home.published.unlink()
        tick(None)
    assert answers == [RunRequest, SkipReason, SkipReason, SkipReason, RunRequest, SkipReason]


def test_page_is_shown_as_it_is_now(tmp_path: Path, address: str) -> None:
    """Before there is a report the page says what to do; then each answer is the file as it is, and not to be kept."""
    before = httpx.get(address)
    (tmp_path / "report.html").write_text("<!doctype html>first")
    first = httpx.get(address)
    (tmp_path / "report.html").write_text("<!doctype html>second")
    second, head = httpx.get(address), httpx.head(address)
    assert (before.status_code, "nacre build" in before.text) == (404, True)
    assert [(one.status_code, one.text) for one in (first, second, head)] == [
        (200, "<!doctype html>first"), (200, "<!doctype html>second"), (200, ""),
    ]  # fmt: skip
    assert {name: second.headers[name] for name in HEADERS} == HEADERS


def test_nothing_else_is_shown_and_nothing_taken(tmp_path: Path, address: str) -> None:
    """Other paths, other names of the machine (a page that rebinds its name) and other methods get nothing."""
    (tmp_path / "report.html").write_text("<!doctype html>private")
    (tmp_path / "secret").write_text("secret")
    rebound = {"host": "evil.example"}
    answers = [
        httpx.get(f"{address}/secret"),
        httpx.get(f"{address}/../secret"),
        httpx.get(address, headers=rebound),
        httpx.post(address),
    ]
    assert [one.status_code for one in answers] == [404, 404, 421, 501]
    assert not [one for one in answers if "private" in one.text or "secret" in one.text]


def test_dev_tells_the_port_of_the_report() -> None:
    """`nacre dev` shows the report on port 8001 unless it is told another one."""
    (port,) = [one for one in command.params if one.name == "report_port"]
    assert (port.default, port.envvar) == (8001, "NACRE_REPORT_PORT")
