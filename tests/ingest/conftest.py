"""The endpoint that the tests of one module share."""

from collections.abc import Iterator

import pytest

from tests.ingest.live_server import LiveServer, live_server


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A running endpoint with short deadlines."""
    home = tmp_path_factory.mktemp("endpoint") / "home"
    with live_server(home, header_seconds=1, body_seconds=1, idle_seconds=1, max_body_bytes=100_000) as server:
        yield server
