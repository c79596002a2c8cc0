"""Who we are to Oyster: the developer application of the environment, and the tokens it was last given."""

import fcntl
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from ingest.oyster.errors import parsed
from ingest.settings import SettingsError, fits_a_header

_END_OF_TIME = 1e11
_TEMPORARY = ".oyster_tokens."


class Application(BaseSettings):
    """The developer application, from `NACRE_OYSTER_*`. Its secrets never appear in its text form."""

    model_config = SettingsConfigDict(env_prefix="NACRE_OYSTER_", env_ignore_empty=True, frozen=True, extra="ignore")

    client_id: str
    client_secret: SecretStr
    redirect_uri: str = ""
    refresh_token: SecretStr | None = None
    api_url: str = "https://api.oysterhr.com"

    @field_validator("client_id", "client_secret", "redirect_uri", "refresh_token", mode="before")
    @classmethod
    def _sendable(cls, value: Any) -> Any:
        text = value.strip() if isinstance(value, str) else ""
        if not (text.isascii() and text.isprintable()):
            msg = "it has a character that is not printable ASCII"
            raise ValueError(msg)
        return text or value

    @field_validator("api_url")
    @classmethod
    def _address(cls, value: str) -> str:
        try:
            url = httpx.URL(value.strip())
        except (httpx.InvalidURL, UnicodeError):
            url = httpx.URL()
        if url.scheme not in {"http", "https"} or not url.host or url.userinfo or url.query or url.fragment:
            msg = "it is no address such as https://api.oysterhr.com, without user, query and fragment"
            raise ValueError(msg)
        return str(url)


def load_application() -> Application:
    """The application of this process. Raises `SettingsError`, whose message names the variable."""
    try:
        return Application()  # type: ignore[call-arg] # the values come from the environment
    except ValidationError as invalid:
        first = invalid.errors(include_url=False, include_context=False, include_input=False)[0]
        name = "NACRE_OYSTER_" + str(first["loc"][0]).upper()
        missing = "is not set: it is shown with the developer application in Oyster's settings"
        unusable = f"cannot be used: {first['msg'].removeprefix('Value error, ')}"
        problem = missing if first["type"] == "missing" else unusable
        raise SettingsError(name, problem) from None


@dataclass(frozen=True, slots=True)
class Tokens:
    """What the last grant gave: an access token until `expires_at` (seconds since the epoch), a refresh token."""

    access_token: str
    refresh_token: str
    expires_at: float
    scope: str

    def __post_init__(self) -> None:
        """Refuse, by ValueError, what no request could carry: an error would show it."""
        texts = (self.access_token, self.refresh_token)
        fitting = all(isinstance(text, str) and text and fits_a_header(text) for text in texts)
        if not fitting or type(self.expires_at) not in {int, float} or not 0 <= self.expires_at < _END_OF_TIME:
            msg = "the tokens are not two texts of printable ASCII and a time"
            raise ValueError(msg)

    def __repr__(self) -> str:
        """No token in logs or tracebacks."""
        return f"Tokens(expires_at={self.expires_at}, scope={self.scope!r})"


class TokenFile:
    """Keeps the tokens in `oyster_tokens.json` of a home, 0600. A refresh token is valid once: losing one locks out."""

    def __init__(self, home: Path) -> None:
        """Name the file; nothing is created before the first grant."""
        self.path = home / "oyster_tokens.json"

    def read(self) -> Tokens | None:
        """The tokens last kept, None where there are none. Raises `SettingsError` on a file that is damaged."""
        try:
            return Tokens(**parsed(self.path.read_bytes()))
        except FileNotFoundError:
            return None
        except (ValueError, TypeError):
            problem = f"must be set anew, and {self.path} removed: that file is damaged"
            raise SettingsError("NACRE_OYSTER_REFRESH_TOKEN", problem) from None

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Only one process renews at a time: two that used one refresh token would both be locked out."""
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(self.path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    @contextmanager
    def replacing(self) -> Iterator["Replacement"]:
        """A place for new tokens, made before they are asked for: a full disk is found out while the old are valid.

        The caller holds the lock, so what lies there already was left by a process that was killed.
        """
        for left in self.path.parent.glob(f"{_TEMPORARY}*"):
            left.unlink()
        descriptor, name = tempfile.mkstemp(prefix=_TEMPORARY, dir=self.path.parent)
        replacement = Replacement(descriptor, Path(name), self.path)
        try:
            os.posix_fallocate(descriptor, 0, 16_384)
            yield replacement
        finally:
            os.close(descriptor)
            Path(name).unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class Replacement:
    """Room on the disk for new tokens."""

    descriptor: int
    temporary: Path
    path: Path

    def keep(self, tokens: Tokens) -> None:
        """Make these the tokens of the file, durable when this returns."""
        content = json.dumps(asdict(tokens)).encode()
        os.pwrite(self.descriptor, content, 0)
        os.ftruncate(self.descriptor, len(content))
        os.fsync(self.descriptor)
        self.temporary.replace(self.path)
        folder = os.open(self.path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
