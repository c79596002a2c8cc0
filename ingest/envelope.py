"""The one validation of a body, for HTTP and for imports: Oyster's envelope, strictly JSON."""

import json
import re
from typing import Annotated, NoReturn

import msgspec
from msgspec import Meta

MAX_DEPTH = 100

_KEYS = ("event_name", "id", "company_id", "data")
_EXPECTED = {
    "$": "an object with event_name, id, company_id and data",
    "$.event_name": "a string of 1 to 255 characters",
    "$.id": "a string of at most 255 characters that begins with wh_",
    "$.company_id": "a string of at least one character",
    "$.data": "an object",
}
_QUOTES_OF_A_PLAIN_ENVELOPE = 14  # four keys and three strings, nothing else
_PATH = re.compile(r"at `(\$\.\w+)`|required field `(\w+)`")
_BRACKETS = bytes.maketrans(b"[]", b"{}")
_NOT_STRUCTURE = bytes(set(range(256)) - set(b'[]{}"\\'))


class Refused(Exception):  # noqa: N818 - it names what happened to the body
    """A body that is no event: the HTTP status, a short reason for statistics, and a sentence without its content."""

    def __init__(self, status: int, reason: str, detail: str) -> None:
        """Keep what the answer and the quarantine need."""
        super().__init__(detail)
        self.status = status
        self.reason = reason
        self.detail = detail


class Envelope(msgspec.Struct, frozen=True, gc=False):
    """What the outer object says of an event."""

    id: Annotated[str, Meta(max_length=255, min_length=3)]
    event_name: Annotated[str, Meta(min_length=1, max_length=255)]
    company_id: Annotated[str, Meta(min_length=1)]
    data: msgspec.Raw


_envelope = msgspec.json.Decoder(Envelope)
_any_json = msgspec.json.Decoder(msgspec.Raw)


def parse(body: bytes) -> Envelope:
    """The envelope of a body. Raises `Refused` with status 400 (not JSON) or 422 (JSON, but not the envelope)."""
    try:
        text = body.decode()
        if body.count(b"{") + body.count(b"[") > MAX_DEPTH:
            _refuse_depth(body)
        envelope = _envelope.decode(text)
    except UnicodeDecodeError as error:
        raise Refused(400, "not_utf8", f"The body is not UTF-8: byte {error.start} cannot be decoded.") from None
    except msgspec.ValidationError as error:
        _refuse_envelope(body, str(error))
    except (msgspec.DecodeError, RecursionError) as error:
        raise Refused(400, "not_json", f"The body is not JSON: {_syntax(error)}.") from None
    data = bytes(envelope.data)
    is_object = data.startswith(b"{")
    _refuse_repeated_keys(body, data if is_object else b"")
    if not envelope.id.startswith("wh_"):
        _refuse_path("$.id")
    if not is_object:
        _refuse_path("$.data")
    return envelope


def depth(body: bytes) -> int:
    """How deep the brackets of a JSON text nest. Linear for each level; stops counting behind `MAX_DEPTH`."""
    structure = body
    if b"\\" in structure:
        structure = structure.replace(b"\\\\", b"").replace(b'\\"', b"")
    outside_strings = b"".join(structure.translate(_BRACKETS, _NOT_STRUCTURE).split(b'"')[::2])
    level = 0
    while outside_strings and level <= MAX_DEPTH:
        shorter = outside_strings.replace(b"{}", b"")
        if len(shorter) == len(outside_strings):
            return level  # brackets that do not match: the parser says where
        outside_strings = shorter
        level += 1
    return level


def _refuse_depth(body: bytes) -> None:
    if depth(body) > MAX_DEPTH:
        raise Refused(400, "too_deep", f"The body nests deeper than {MAX_DEPTH} levels.")


def _refuse_envelope(body: bytes, message: str) -> NoReturn:
    """Say what is wrong with a text that is no envelope: its syntax, else its keys, else the first wrong value."""
    try:
        _any_json.decode(body)
    except (msgspec.DecodeError, RecursionError) as error:
        raise Refused(400, "not_json", f"The body is not JSON: {_syntax(error)}.") from None
    _refuse_repeated_keys(body, b"")
    found = _PATH.search(message)
    path = f"$.{found[1][2:] if found[1] else found[2]}" if found else "$"
    _refuse_path(path)


def _refuse_path(path: str) -> NoReturn:
    raise Refused(422, "not_the_envelope", f"At {path}: expected {_EXPECTED.get(path, _EXPECTED['$'])}.")


def _refuse_repeated_keys(body: bytes, data: bytes) -> None:
    """Refuse a key of the envelope that stands twice: parsers disagree on which one counts.

    Fourteen quotes outside `data` and no escape there leave no room for a second key; only else the keys are counted.
    """
    envelope = body.replace(data, b"0", 1) if data else body
    if envelope.count(b'"') == _QUOTES_OF_A_PLAIN_ENVELOPE and b"\\" not in envelope:
        return
    outermost: list[str] = []

    def keys(pairs: list[tuple[str, object]]) -> None:
        outermost[:] = [key for key, _ in pairs]  # the outermost object ends last

    json.loads(envelope, object_pairs_hook=keys, parse_int=len, parse_float=len)
    for key in _KEYS:
        if outermost.count(key) > 1:
            raise Refused(400, "repeated_key", f"At $.{key}: the key stands more than once.")


def _syntax(error: Exception) -> str:
    return "it nests too deep" if isinstance(error, RecursionError) else str(error).removeprefix("JSON is malformed: ")
