"""The ASGI application: the webhook path as plain ASGI, everything else through Starlette.

Plain deliveries never come here, see `ingest.direct`.
"""

import asyncio
import time
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ingest import problems
from ingest.body import drain
from ingest.deliveries import PATH, Deliveries, Ended, accepted
from ingest.health import Health
from ingest.logs import Log
from ingest.metrics import Metrics
from ingest.notes import Notes
from ingest.problems import Receive, Scope, Send

_JSON = (b"content-type", b"application/json")


class Endpoint:
    """What uvicorn calls for every request."""

    def __init__(self, deliveries: Deliveries, health: Health, metrics: Metrics, notes: Notes, log: Log) -> None:
        """Take the parts."""
        self._deliveries = deliveries
        self._site = site(health, metrics)
        self._notes = notes
        self._log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; whatever fails inside becomes a problem document, never a 2xx."""
        if scope["type"] != "http":
            return
        scope["request_id"] = request_id = self._notes.next_id()
        headers = scope["headers"]
        scope["fields"] = fields = dict(headers)
        if b"host" not in fields or (len(fields) != len(headers) and _hosts(scope) != 1):
            await problems.answer(send, problems.BAD_REQUEST, request_id, "One Host header is required.", close=True)
        elif scope["path"] == PATH:
            await self._deliver(scope, receive, send, request_id)
        else:
            await self._site(scope, receive, send)

    async def _deliver(self, scope: Scope, receive: Receive, send: Send, request_id: str) -> None:
        started = time.perf_counter()
        try:
            ended = await self._deliveries.take(scope, receive)
        except asyncio.CancelledError:  # the grace of a stop is over
            ended = Ended("not-durable", problems.NOT_DURABLE, "It was not stored: the endpoint is stopping.")
        except Exception:  # noqa: BLE001 - logged, answered as 500 and counted; the server lives on
            self._log.exception("failed", request_id=request_id)
            ended = Ended("internal", problems.INTERNAL)
        if ended.id:
            body = accepted(ended.id)
            headers = [_JSON, (b"content-length", b"%d" % len(body))]
            await send({"type": "http.response.start", "status": 202, "headers": headers})
            await send({"type": "http.response.body", "body": body})
        status = ended.problem.status if ended.problem else 202 if ended.id else 0
        self._notes.note(
            request_id,
            status,
            ended.outcome,
            size=ended.bytes,
            received_at=ended.received_at,
            secret=ended.secret,
            seconds=time.perf_counter() - started,
        )
        if ended.problem:
            await _refuse(ended, request_id, receive, send)


async def _refuse(ended: Ended, request_id: str, receive: Receive, send: Send) -> None:
    """Answer with the problem; where a body may still be arriving, take it in for a moment, then close."""
    if ended.problem is None:
        return
    document = ended.problem.document(request_id, ended.detail)
    await send(ended.problem.start(len(document), ended.unread))
    await send({"type": "http.response.body", "body": document, "more_body": ended.unread})
    if ended.unread:
        if ended.problem is not problems.TOO_SLOW:
            await drain(receive)
        await send({"type": "http.response.body", "body": b""})


def site(health: Health, metrics: Metrics) -> Starlette:
    """Health and metrics, and problem documents for every other path."""

    async def live(_: Request) -> Response:
        return Response(b'{"status":"live"}', media_type="application/json")

    async def ready(request: Request) -> Response:
        reason = health.not_ready()
        if reason:
            return _problem(request, problems.NOT_READY, reason)
        return Response(b'{"status":"ready"}', media_type="application/json")

    async def figures(request: Request) -> Response:
        if not health.may_read_metrics(request.scope):
            return _problem(request, problems.FORBIDDEN)
        return Response(metrics.render(), media_type="text/plain; version=0.0.4; charset=utf-8")

    async def on_error(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        known = {404: problems.NOT_FOUND, 405: problems.ONLY_READ}
        return _problem(request, known.get(status, problems.INTERNAL))

    routes = [Route("/health/live", live), Route("/health/ready", ready), Route("/metrics", figures)]
    handlers: dict[Any, Any] = {HTTPException: on_error, Exception: on_error}
    starlette = Starlette(routes=routes, exception_handlers=handlers)
    starlette.router.redirect_slashes = False  # it would lead to whatever Host says
    return starlette


def _problem(request: Request, problem: problems.Problem, detail: str = "") -> Response:
    document = problem.document(request.scope["request_id"], detail)
    headers = {name.decode(): value.decode() for name, value in problem.headers}
    return Response(document, problem.status, headers | {"connection": "close"}, "application/problem+json")


def _hosts(scope: Scope) -> int:
    return sum(name == b"host" for name, _ in scope["headers"])
