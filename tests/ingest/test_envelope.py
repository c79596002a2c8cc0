"""The envelope: any bytes are understood exactly, or refused with a reason that repeats none of them."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.envelope import MAX_DEPTH, Refused, depth, parse

GOOD: dict[str, Any] = {"event_name": "a.b", "id": "wh_1", "company_id": "c", "data": {}}
texts = st.text(st.characters(exclude_categories=["Cs"]))
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=20,
)
envelopes = st.fixed_dictionaries(
    {
        "event_name": texts.filter(lambda text: 1 <= len(text) <= 255),
        "id": texts.map("wh_{}".format).filter(lambda text: len(text) <= 255),
        "company_id": texts.filter(bool),
        "data": st.dictionaries(texts, values, max_size=4),
    },
    optional={"extra": values, "ID": values},
)


def refusal(body: bytes) -> tuple[int, str, str]:
    with pytest.raises(Refused) as caught:
        parse(body)
    return caught.value.status, caught.value.reason, caught.value.detail


def with_data(data: bytes) -> bytes:
    return b'{"event_name":"a.b","id":"wh_1","company_id":"c","data":%b}' % data


@given(envelopes, st.booleans(), st.sampled_from([None, 1]), st.randoms())
def test_every_envelope_is_understood(
    envelope: dict[str, Any], ascii_only: bool, indent: int | None, chance: Any
) -> None:
    """Whatever the order of keys, the escapes and the blanks, the three texts come out exactly."""
    keys = list(envelope)
    chance.shuffle(keys)
    body = json.dumps({key: envelope[key] for key in keys}, ensure_ascii=ascii_only, indent=indent).encode()
    parsed = parse(body)
    assert (parsed.id, parsed.event_name, parsed.company_id) == tuple(
        envelope[key] for key in ("id", "event_name", "company_id")
    )


@given(st.binary(max_size=200))
def test_any_bytes_are_refused_or_are_json(body: bytes) -> None:
    """No bytes crash the parser: they are refused by 400 where Python's strict reading fails too, else by 422."""
    status = refusal(body)[0]
    assert status in {400, 422}
    if status == 422:
        json.loads(body.decode())


@given(envelopes, st.data())
def test_a_cut_body_is_refused(envelope: dict[str, Any], data: st.DataObject) -> None:
    """Every proper prefix of a body is not JSON."""
    body = json.dumps(envelope, ensure_ascii=False).encode()
    assert refusal(body[: data.draw(st.integers(0, len(body) - 1))])[0] == 400


@given(values)
def test_depth_is_exact(value: Any) -> None:
    """Depth counts brackets outside strings, exactly."""

    def levels(inner: Any) -> int:
        if not isinstance(inner, list | dict):
            return 0
        return 1 + max(map(levels, inner.values() if isinstance(inner, dict) else inner), default=0)

    assert depth(json.dumps(value).encode()) == levels(value)


@given(envelopes, st.sampled_from(["event_name", "id", "company_id", "data"]), st.booleans(), st.booleans())
def test_a_repeated_key_is_refused(envelope: dict[str, Any], key: str, escaped: bool, first: bool) -> None:
    """A key of the envelope that stands twice is refused, also when one of the two is written with escapes."""
    spelled = f'"\\u{ord(key[0]):04x}{key[1:]}"' if escaped else f'"{key}"'
    again = f"{spelled}:{json.dumps(envelope[key])}"
    body = json.dumps(envelope)
    twice = f"{{{again},{body[1:]}" if first else f"{body[:-1]},{again}}}"
    assert refusal(twice.encode()) == (400, "repeated_key", f"At $.{key}: the key stands more than once.")


@pytest.mark.parametrize(
    "data",
    [
        b'{"n":1e400}',
        b'{"n":-1E-9999}',
        b'{"n":%b}' % (b"9" * 10_000),
        b'{"n":0.%b1}' % (b"0" * 5_000),
        b'{"s":"\\u0000"}',
        b'{"s":"\\ud83d\\ude00"}',
        b'{"":{"":[]}}',
        b'{"id":1,"id":2,"data":{},"data":{}}',
        b'{"a":"[[[[{{{{\\"\\\\"}',
        b'{"a":' + b"[" * (MAX_DEPTH - 2) + b"]" * (MAX_DEPTH - 2) + b"}",
        b'{"a":[' + b",".join([b"{}"] * 5_000) + b"]}",
    ],
)
def test_hard_but_valid_data_is_accepted(data: bytes) -> None:
    """Numbers of any size, escapes, repeated keys inside data, and a hundred levels are all JSON."""
    assert parse(with_data(data)).id == "wh_1"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "not_json"),
        (b"\xef\xbb\xbf" + with_data(b"{}"), "not_json"),
        (with_data(b'{"n":NaN}'), "not_json"),
        (with_data(b'{"n":-Infinity}'), "not_json"),
        (with_data(b'{"s":"\\ud800"}'), "not_json"),
        (with_data(b'{"\\udc00":1}'), "not_json"),
        (with_data(b'{"s":"\xff"}'), "not_utf8"),
        (with_data(b'{"s":"\xed\xa0\x80"}'), "not_utf8"),
        (with_data(b'{"s":"\x00"}'), "not_json"),
        (with_data(b'{"s":1,}'), "not_json"),
        (with_data(b'{"s":01}'), "not_json"),
        (with_data(b"{}") + b"x", "not_json"),
        (with_data(b"{}").decode().encode("utf-16"), "not_utf8"),
        (b'{"id":5,"oops', "not_json"),
        (with_data(b'{"a":' + b"[" * (MAX_DEPTH - 1) + b"]" * (MAX_DEPTH - 1) + b"}"), "too_deep"),
        (with_data(b"[" * 100_000 + b"]" * 100_000), "too_deep"),
        (b'{"a":' * 100_000, "not_json"),
    ],
)
def test_what_is_not_json_is_refused(body: bytes, reason: str) -> None:
    """Malformed, NaN, BOM, bad UTF-8, lone surrogates and too many levels are refused by 400."""
    assert refusal(body)[:2] == (400, reason)


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"id": 5}, "$.id"),
        ({"id": "xx_1"}, "$.id"),
        ({"id": "wh_" + "1" * 253}, "$.id"),
        ({"id": None}, "$.id"),
        ({"event_name": ""}, "$.event_name"),
        ({"event_name": "x" * 256}, "$.event_name"),
        ({"company_id": ""}, "$.company_id"),
        ({"company_id": ["c"]}, "$.company_id"),
        ({"data": "id"}, "$.data"),
        ({"data": None}, "$.data"),
        ({"data": [{}]}, "$.data"),
    ],
)
def test_what_is_not_the_envelope_names_the_path(change: dict[str, Any], path: str) -> None:
    """JSON that is not the envelope is refused by 422, naming the path and what was expected there."""
    status, reason, detail = refusal(json.dumps({**GOOD, **change}).encode())
    assert (status, reason, detail.split(": expected ")[0]) == (422, "not_the_envelope", f"At {path}")


@pytest.mark.parametrize("body", [b"[]", b"null", b"1", b'"wh_1"', b"[{}]"])
def test_what_is_no_object_is_refused_at_the_root(body: bytes) -> None:
    """JSON that is no object is refused by 422 at the root."""
    assert refusal(body)[2] == "At $: expected an object with event_name, id, company_id and data."


@pytest.mark.parametrize("key", ["event_name", "id", "company_id", "data"])
def test_a_missing_key_is_named(key: str) -> None:
    """A key that is missing is named by its path."""
    body = json.dumps({name: value for name, value in GOOD.items() if name != key}).encode()
    assert refusal(body)[2].startswith(f"At $.{key}: expected ")
