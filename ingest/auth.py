"""Who may deliver: one valid bearer secret, compared in constant time, known by its position alone."""

import hmac
from hashlib import sha256
from pathlib import Path

from ingest.settings import Settings, SettingsError, read_secrets

_Stamp = tuple[int, int, int]


class Gate:
    """The accepted secrets. Those of a file are read again when the file changes, without a refused request."""

    def __init__(self, settings: Settings) -> None:
        """Take the secrets of the settings. Raises `SettingsError` where there are none."""
        self._file = settings.secrets_file
        self._stamp = _stamp(self._file)
        self._digests = [sha256(secret.encode()).digest() for secret in settings.require_secrets()]

    def position(self, authorization: bytes | None) -> int | None:
        """Which secret the header carries, counted from 1; None for every kind of header that proves nothing."""
        token = bearer_token(authorization)
        if token is None:
            return None
        return self._match(token) or (self._match(token) if self.refresh() else None)

    def refresh(self) -> bool:
        """Read the file again if it has changed, and say so; while it cannot be read, the known secrets stay."""
        stamp = _stamp(self._file)
        if self._file is None or stamp is None or stamp == self._stamp:
            return False
        try:
            secrets = read_secrets(self._file)
        except SettingsError:
            return False  # half-written or gone for a moment: the stamp stays old, so the next look tries again
        self._stamp = stamp
        self._digests = [sha256(secret.encode()).digest() for secret in secrets]
        return True

    def _match(self, token: bytes) -> int | None:
        """Compare with every secret, so that the time tells neither which one matched nor how far."""
        presented = sha256(token).digest()
        matched = 0
        for position, digest in enumerate(self._digests, start=1):
            matched |= hmac.compare_digest(presented, digest) * position * (matched == 0)
        return matched or None


def bearer_token(authorization: bytes | None) -> bytes | None:
    """The token of a header of the form `Bearer <token>`, or None."""
    if authorization is None or authorization[:7].lower() != b"bearer ":
        return None
    return authorization[7:].strip(b" ") or None


def _stamp(file: Path | None) -> _Stamp | None:
    if file is None:
        return None
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
