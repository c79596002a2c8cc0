"""Whether the endpoint can do its work, and who may read its figures."""

import hmac
from hashlib import sha256
from ipaddress import ip_address

from ingest.auth import Gate, bearer_token
from ingest.commit import Committer
from ingest.problems import Scope
from ingest.settings import Settings

_FORWARDED = (b"forwarded", b"x-forwarded-for", b"x-real-ip", b"via")


class Health:
    """The state behind `/health/ready` and the guard of `/metrics`."""

    def __init__(self, settings: Settings, gate: Gate, committer: Committer) -> None:
        """Take the parts that know."""
        self._token = settings.metrics_token
        self._gate = gate
        self._committer = committer

    def not_ready(self) -> str | None:
        """Why deliveries cannot be made durable now, or None."""
        return self._committer.not_ready()

    def may_read_metrics(self, scope: Scope) -> bool:
        """The bearer of NACRE_METRICS_TOKEN where it is set; else this machine itself, or the bearer of a secret.

        What a proxy on this machine hands on also comes from this machine: a forwarded request proves nothing.
        """
        headers = [(name, value) for name, value in scope["headers"] if name == b"authorization"]
        authorization = headers[0][1] if len(headers) == 1 else None
        if self._token is not None:
            presented, token = bearer_token(authorization), self._token.get_secret_value().encode()
            return presented is not None and hmac.compare_digest(sha256(presented).digest(), sha256(token).digest())
        if self._gate.position(authorization) is not None:
            return True
        forwarded = any(name in _FORWARDED for name, _ in scope["headers"])
        return not forwarded and _is_loopback(scope.get("client"))


def _is_loopback(client: tuple[str, int] | None) -> bool:
    if not client:
        return False
    try:
        address = ip_address(client[0])
    except ValueError:
        return False
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback  # on ::, IPv4 comes within IPv6
