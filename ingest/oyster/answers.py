"""An answer of Oyster's API, read within bounds: its JSON, or the error that it stands for."""

import time
from typing import Any

import httpx

from ingest.oyster.errors import Problem, UnexpectedAnswerError, UnreachableError, error_of, parsed

MOST_BYTES = 64 * 1024 * 1024
"""Unpacked: a list of a hundred expenses takes a thousandth of it, and a small answer may unpack to any size."""
MOST_SECONDS = 60.0
"""From the first byte to the last: the client's own clock begins anew with each byte."""


def read_answer(call: str, answer: httpx.Response, hidden: tuple[str, ...] = ()) -> Any:
    """The JSON of an answer that streams in, None where it has none. Raises `OysterError`, `httpx.TransportError`.

    The secrets that were sent are `hidden`: an error that repeats them does not show them.
    """
    status = answer.status_code
    body = _body(call, answer)
    if not answer.is_success:
        raise error_of(call, status, body, answer.headers.get("retry-after"), hidden)
    try:
        return parsed(body) if body.strip() else None
    except ValueError:
        raise UnexpectedAnswerError(call, status, (Problem("not JSON that can be read"),)) from None


def _body(call: str, answer: httpx.Response) -> bytes:
    begun, body = time.monotonic(), bytearray()
    try:
        for part in answer.iter_bytes():
            body += part
            if len(body) > MOST_BYTES:
                too_large = Problem(f"the answer has over {MOST_BYTES:,} bytes")
                raise UnexpectedAnswerError(call, answer.status_code, (too_large,))
            if time.monotonic() - begun > MOST_SECONDS:
                raise UnreachableError(call, f"the answer takes longer than {MOST_SECONDS:.0f} s", sent=True)
    except httpx.DecodingError:
        undecodable = Problem("the answer cannot be unpacked as its Content-Encoding says")
        raise UnexpectedAnswerError(call, answer.status_code, (undecodable,)) from None
    return bytes(body)
