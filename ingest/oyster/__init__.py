"""Oyster's API client: `with connect(home) as api: api.webhooks()`."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ingest.oyster.api import OysterApi, Webhook
from ingest.oyster.credentials import Application, TokenFile, load_application
from ingest.oyster.errors import OysterError
from ingest.oyster.session import Session

__all__ = ["Application", "OysterApi", "OysterError", "Webhook", "connect"]


@contextmanager
def connect(home: Path, application: Application | None = None) -> Iterator[OysterApi]:
    """The API for the application of the environment, its tokens kept under a home. Raises `SettingsError`."""
    application = application or load_application()
    with Session(application, TokenFile(home)) as session:
        yield OysterApi(session, application.api_url)
