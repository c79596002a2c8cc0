"""The calls that nacre makes: webhook endpoints, and the listing of expenses to compare with."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx

from ingest.oyster.errors import NotAnAddressError, NotAnIdError, Problem, UnexpectedAnswerError
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
        """Register an endpoint, which will receive notifications with the secret as bearer token.

        Raises `NotAnAddressError` on a URL that nothing could be sent to.
        """
        if not _is_address(url):
            raise NotAnAddressError(url)
        told = self._session.call("POST", "/v1/webhooks", json={"url": url, "sharedSecret": shared_secret})
        inner = told.get("data", told) if isinstance(told, dict) else told
        return _webhook("POST /v1/webhooks", {"url": url} | inner if isinstance(inner, dict) else inner)

    def delete_webhook(self, webhook_id: str) -> None:
        """Delete an endpoint by the id of its registration (else `NotAnIdError`). The route is not documented."""
        self._session.call("DELETE", f"/v1/webhooks/{_segment(webhook_id)}")

    def expenses(self, per_page: int = 100) -> Iterator[dict[str, Any]]:
        """Every expense that the token may see, page by page."""
        return self._pages("/v1/expenses", per_page=per_page)

    def _pages(self, path: str, **query: int) -> Iterator[dict[str, Any]]:
        """The items of all pages of a list, following `nextUrl` on the same host only: the token goes with it."""
        call, urls, pages = f"GET {path}", set[str](), set[int]()
        told = self._session.call("GET", path, params=query or None)
        while True:
            items, following = _page(call, told)
            yield from items
            if following is None:
                return
            page = hash(json.dumps(items))
            if not self._is_ours(following) or following in urls or page in pages:
                raise UnexpectedAnswerError(call, 200, (Problem("nextUrl leads elsewhere, or in a circle"),))
            urls.add(following)
            pages.add(page)
            told = self._session.call("GET", following)

    def _is_ours(self, url: str) -> bool:
        try:
            parsed = httpx.URL(url)
        except httpx.InvalidURL:
            return False
        return not (parsed.scheme or parsed.host) or _origin(parsed) == self._origin


def _page(call: str, told: Any) -> tuple[list[Any], str | None]:
    """The items of a page, and where the next one is; an end before the last page is none."""
    if not isinstance(told, dict) or not isinstance(told.get("data"), list):
        raise UnexpectedAnswerError(call, 200, (Problem("a list has no data"),))
    meta = told.get("meta") or {}
    if not isinstance(meta, dict):
        raise UnexpectedAnswerError(call, 200, (Problem("the meta of a list is no object"),))
    following = meta.get("nextUrl") or None
    if not isinstance(following, str | None):
        raise UnexpectedAnswerError(call, 200, (Problem("nextUrl is no text"),))
    page, pages = meta.get("page"), meta.get("pages")
    if following is None and isinstance(page, int) and isinstance(pages, int) and page < pages:
        raise UnexpectedAnswerError(call, 200, (Problem(f"page {page} of {pages} names no next page"),))
    return told["data"], following


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


def _is_address(url: str) -> bool:
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        return False
    return parsed.scheme in {"http", "https"} and bool(parsed.host)


def _segment(text: str) -> str:
    """An id as one part of a path, whatever it holds. Raises `NotAnIdError` on what no path can hold as a part."""
    if text in {"", ".", ".."}:
        raise NotAnIdError(text)
    return quote(text, safe="")


def _webhook(call: str, item: Any) -> Webhook:
    found, url = (_first(item, _IDS), _first(item, ("url",))) if isinstance(item, dict) else (None, None)
    if found is None:
        raise UnexpectedAnswerError(call, 200, (Problem("a webhook has no id"),))
    return Webhook(found, url or "")


def _first(item: dict[str, Any], keys: tuple[str, ...]) -> str | None:
    """The first of these members that is a text or a whole number."""
    values = (item.get(key) for key in keys)
    return next((str(value) for value in values if value and type(value) in {str, int}), None)
