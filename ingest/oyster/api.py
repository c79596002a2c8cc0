"""The calls that nacre makes: webhook endpoints, and the listing of expenses to compare with."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx

from ingest.oyster.errors import Problem, UnexpectedAnswerError
from ingest.oyster.session import Session

_IDS = ("webhookId", "webhook_id", "id")


@dataclass(frozen=True, slots=True)
class Webhook:
    """One registered endpoint."""

    webhook_id: str
    url: str


class OysterApi:
    """Oyster's REST API as far as nacre needs it. Every method raises `OysterError`."""

    def __init__(self, session: Session, api_url: str) -> None:
        """Call through a session."""
        self._session = session
        self._origin = _origin(httpx.URL(api_url))

    def webhooks(self) -> list[Webhook]:
        """The registered endpoints. That they can be listed is not documented: `NotFoundError` where they cannot."""
        return [_webhook("GET /v1/webhooks", item) for item in self._pages("/v1/webhooks")]

    def register_webhook(self, url: str, shared_secret: str) -> Webhook:
        """Register an endpoint, which will receive notifications with the secret as bearer token."""
        told = self._session.call("POST", "/v1/webhooks", json={"url": url, "sharedSecret": shared_secret})
        inner = told.get("data", told) if isinstance(told, dict) else told
        return _webhook("POST /v1/webhooks", {"url": url} | inner if isinstance(inner, dict) else inner)

    def delete_webhook(self, webhook_id: str) -> None:
        """Delete an endpoint by the id that its registration gave. The route is not documented."""
        self._session.call("DELETE", f"/v1/webhooks/{_segment(webhook_id)}")

    def expenses(self, per_page: int = 100) -> Iterator[dict[str, Any]]:
        """Every expense that the token may see, page by page."""
        return self._pages("/v1/expenses", per_page=per_page)

    def _pages(self, path: str, **query: int) -> Iterator[dict[str, Any]]:
        """The items of all pages of a list, following `nextUrl` on the same host only: the token goes with it."""
        call, seen = f"GET {path}", set[str]()
        told = self._session.call("GET", path, params=query or None)
        while True:
            if not isinstance(told, dict) or not isinstance(told.get("data"), list):
                raise UnexpectedAnswerError(call, 200, (Problem("a list has no data"),))
            yield from told["data"]
            following = (told.get("meta") or {}).get("nextUrl")
            if not following:
                return
            if following in seen or not self._is_ours(following):
                raise UnexpectedAnswerError(call, 200, (Problem("nextUrl leads elsewhere, or in a circle"),))
            seen.add(following)
            told = self._session.call("GET", following)

    def _is_ours(self, url: str) -> bool:
        parsed = httpx.URL(url)
        return parsed.is_relative_url or _origin(parsed) == self._origin


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


def _segment(text: str) -> str:
    """An id as one part of a path, whatever it holds."""
    return quote(text, safe="")


def _webhook(call: str, item: Any) -> Webhook:
    found = next((item[key] for key in _IDS if key in item), None) if isinstance(item, dict) else None
    if found is None:
        raise UnexpectedAnswerError(call, 200, (Problem("a webhook has no id"),))
    return Webhook(str(found), str(item.get("url", "")))
