"""What Oyster's API may answer instead of what was asked for, one sentence each, with typed attributes."""

import json
import time
from dataclasses import dataclass
from typing import Any

from ingest.oyster.limits import asked_wait


@dataclass(frozen=True, slots=True)
class Problem:
    """One message of an error answer; `field` where it belongs to one."""

    message: str
    field: str | None = None

    def __str__(self) -> str:
        """The field before its message."""
        return f"{self.field}: {self.message}" if self.field else self.message


class NotAnIdError(Exception):
    """A text that a path cannot hold as one part: a request with it would go to another place."""

    def __init__(self, text: str) -> None:
        """Keep the text."""
        self.text = text
        super().__init__(f"{text!r} is no id of Oyster's; nacre webhooks list shows those that there are.")


class NotAnAddressError(Exception):
    """A text to which no notification could be sent."""

    def __init__(self, url: str) -> None:
        """Keep the text."""
        self.url = url
        super().__init__(f"{url!r} is no address to register; give one such as https://your.host/webhooks/oyster.")


class OysterError(Exception):
    """A call to Oyster's API that did not give what was asked for. `status` is None where there was no answer."""

    next_step = "Try again; if it stays so, ask Oyster's support."

    def __init__(self, call: str, status: int | None, problems: tuple[Problem, ...] = ()) -> None:
        """Keep the call (`GET /v1/expenses`), the status, and the messages of the answer."""
        self.call = call
        self.status = status
        self.problems = problems
        said = "; ".join(map(str, problems)) or "no reason given"
        answered = "no answer" if status is None else f"status {status}"
        super().__init__(f"Oyster's API, {call}: {answered}, {said.rstrip('.')}. {self.next_step}")


class InvalidTokenError(OysterError):
    """The access token is not accepted, or could not be renewed (401, or a refused grant)."""

    next_step = "Authorize again and set NACRE_OYSTER_REFRESH_TOKEN to the new refresh token: each is valid once."


class ScopeMissingError(OysterError):
    """The token may not do this (403)."""

    next_step = "Authorize the application with the scope that the call needs, `read` or `manage`."


class NotFoundError(OysterError):
    """There is no such thing, or no such route (404, 405)."""

    next_step = "Check the id and NACRE_OYSTER_API_URL."


class RejectedError(OysterError):
    """The request was understood and refused (400, 422)."""

    next_step = "Correct what it names and try again."


class TooManyRequestsError(OysterError):
    """The limit of requests is reached (429); `retry_after` is what Oyster asked to wait, in seconds."""

    next_step = "Wait and try again; other programs may use up the same company's limit."

    def __init__(self, call: str, status: int | None, problems: tuple[Problem, ...], retry_after: float | None) -> None:
        """Keep how long to wait."""
        if retry_after is not None:
            self.next_step = f"Wait {retry_after:,.0f} s and try again; other programs may use up the company's limit."
        super().__init__(call, status, problems)
        self.retry_after = retry_after


class ServerFailedError(OysterError):
    """Oyster's side failed (5xx)."""


class UnreachableError(OysterError):
    """There was no answer; `sent` says whether the request may have arrived nevertheless."""

    next_step = "Check the network and NACRE_OYSTER_API_URL."

    def __init__(self, call: str, cause: str, *, sent: bool) -> None:
        """Keep the cause and whether Oyster may have acted on the request."""
        super().__init__(call, None, (Problem(cause),))
        self.sent = sent


class UnexpectedAnswerError(OysterError):
    """The answer is not shaped as documented."""

    next_step = "Check NACRE_OYSTER_API_URL; if it is right, Oyster's API may have changed: report this sentence."


_SHOWN = 300
_BY_STATUS: dict[int, type[OysterError]] = {
    400: RejectedError,
    401: InvalidTokenError,
    403: ScopeMissingError,
    404: NotFoundError,
    405: NotFoundError,
    422: RejectedError,
}


def error_of(call: str, status: int, body: bytes, retry_after: str | None, hidden: tuple[str, ...] = ()) -> OysterError:
    """The error that an answer stands for; what is `hidden` does not stand in its messages."""
    problems = tuple(
        Problem(fit(problem.message, hidden), problem.field and fit(problem.field, hidden))
        for problem in problems_in(body)
    )
    if status == 429:
        return TooManyRequestsError(call, status, problems, asked_wait(retry_after, time.time()))
    if 300 <= status < 400:
        problems = (Problem("a redirect, which is never followed: the token would go along"),)
    if status >= 500:
        return ServerFailedError(call, status, problems)
    return _BY_STATUS.get(status, UnexpectedAnswerError)(call, status, problems)


def fit(text: str, hidden: tuple[str, ...]) -> str:
    """A server's text as it may be shown: no secret, one line of some length, no control sequence that takes effect."""
    for secret in hidden:
        text = text.replace(secret, "[secret]")
    text = "".join(sign if sign.isprintable() else " " for sign in text)
    text = " ".join(text.split())
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]} …"


def parsed(body: bytes) -> Any:
    """The JSON of a body. Raises ValueError on anything else, also on what is nested too deeply to be read."""
    try:
        return json.loads(body)
    except RecursionError:
        msg = "nested too deeply"
        raise ValueError(msg) from None


def problems_in(body: bytes) -> tuple[Problem, ...]:
    """The messages in an error body, in any of the three documented shapes or that of OAuth; none in any other."""
    try:
        told = parsed(body)
    except ValueError:
        return ()
    if not isinstance(told, dict):
        return ()
    one, several = told.get("error"), told.get("errors")
    if isinstance(one, str):
        return (Problem(str(told.get("error_description") or one)),)
    listed = several if isinstance(several, list) else [one]
    return tuple(_problem(item) for item in listed if isinstance(item, dict) and "message" in item)


def _problem(item: dict[str, Any]) -> Problem:
    return Problem(str(item["message"]), str(item["field"]) if item.get("field") else None)
