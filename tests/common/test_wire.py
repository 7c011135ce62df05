"""Bodies in and out: compression, JSON, refusals."""

import gzip
import json
import zlib
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doover_web.common import wire
from doover_web.common.wire import BadRequest, TooLarge, Unsupported, dump_json, flag, inflate, parse_json

LIMIT = 1000
JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")),
    lambda value: (
        st.lists(value)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")), value)
    ),
    max_leaves=20,
)


@pytest.mark.parametrize("encoding", ["", "identity", "gzip", "GZIP", " gzip ", "x-gzip", "deflate"])
def test_a_body_is_unpacked(encoding):
    name = encoding.strip().lower()
    raw = {"": bytes, "identity": bytes, "deflate": zlib.compress}.get(name, gzip.compress)(b'{"a": 1}')

    assert inflate(raw, encoding, LIMIT) == b'{"a": 1}'


def test_a_bomb_costs_no_more_than_its_limit():
    bomb = gzip.compress(bytes(20_000_000))

    with pytest.raises(TooLarge):
        inflate(bomb, "gzip", LIMIT)


def test_a_limit_is_a_limit():
    assert len(inflate(bytes(LIMIT), "", LIMIT)) == LIMIT
    assert len(inflate(gzip.compress(bytes(LIMIT)), "gzip", LIMIT)) == LIMIT
    for raw, encoding in ((bytes(LIMIT + 1), ""), (gzip.compress(bytes(LIMIT + 1)), "gzip")):
        with pytest.raises(TooLarge):
            inflate(raw, encoding, LIMIT)


@pytest.mark.parametrize(
    "raw",
    [b"", b"plain", b"\x1f\x8b", gzip.compress(b"abc" * 50)[:-9], gzip.compress(b"abc")[:4]],
    ids=["nothing", "plain", "beginning", "no end", "head"],
)
def test_a_broken_body_is_refused(raw):
    with pytest.raises(BadRequest) as refused:
        inflate(raw, "gzip", LIMIT)
    assert refused.value.code == "bad_encoding"


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "compress", "x" * 5000, "\x00"])
def test_another_encoding_is_refused(encoding):
    with pytest.raises(Unsupported):
        inflate(b"", encoding, LIMIT)


@given(st.binary(max_size=200))
def test_whatever_comes_is_unpacked_or_refused(raw):
    with suppress(BadRequest, TooLarge):
        inflate(raw, "gzip", LIMIT)


@given(JSON_VALUES)
def test_what_was_written_is_read(value):
    assert json.loads(dump_json(parse_json(dump_json(value), max_depth=100))) == value


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"{'a': 1}",
        b"nope",
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b"[-Infinity]",
        b'{"a": 1e999}',
        b'{"a": "\\u0000"}',
        b'{"\\u0000": 1}',
        b'["\\ud800"]',
        b'"\xff"',
        b'{"a": 01}',
        b'{"a": 1,}',
        b"\xef\xbb\xbf{}",
        b"[" * 100_000,
        b"\x00",
        b" ",
    ],
)
def test_what_is_no_json_is_refused(body):
    with pytest.raises(BadRequest) as refused:
        parse_json(body, max_depth=100)
    assert refused.value.code in ("bad_json", "too_deep")


@pytest.mark.parametrize("opening", [b'{"a":', b"["])
def test_nesting_has_a_limit(opening):
    closing = b"}" if opening != b"[" else b"]"

    parse_json(opening * 10 + b"1" + closing * 10, max_depth=10)
    with pytest.raises(BadRequest) as refused:
        parse_json(opening * 11 + b"1" + closing * 11, max_depth=10)
    assert refused.value.code == "too_deep"


def test_wide_is_not_deep():
    assert len(parse_json(b"[" + b",".join([b"{}"] * 5000) + b"]", max_depth=2)) == 5000


def test_text_that_looks_like_an_escape_is_text():
    assert parse_json(rb'{"a": "\\u0000"}', max_depth=2) == {"a": "\\u0000"}


@given(st.binary(max_size=100) | st.text(max_size=100).map(str.encode))
def test_whatever_comes_is_json_or_refused(body):
    with suppress(BadRequest):
        parse_json(body, max_depth=20)


def test_the_last_of_repeated_keys_wins():
    assert parse_json(b'{"a": 1, "a": 2}', max_depth=2) == {"a": 2}


@pytest.mark.parametrize(
    ("text", "value"), [("true", True), ("True", True), ("1", True), ("false", False), ("", False)]
)
def test_flags_are_words(text, value):
    assert flag({"log": text}, "log") is value
    assert flag({}, "log") is False


def test_one_shape_for_every_refusal():
    refusal = wire.Conflict("Taken", errors={"name": ["is taken"]})

    assert json.loads(wire.refusal_body(refusal)) == {
        "message": "Taken",
        "detail": "Taken",
        "code": "conflict",
        "errors": {"name": ["is taken"]},
    }
