"""What a hostile client tries at both doors, beyond plain bad input."""

import gzip
import json

import pytest
from django.conf import settings

from doover_web.common.wire import MOST_VALUES, TooLarge, Unauthorized, parse_json
from doover_web.data import ingest, schemas
from doover_web.identity.auth import caller_of_token
from doover_web.identity.origins import is_ours


def test_a_small_packed_body_that_grows_is_taken_all_the_same(door, pump, level):
    packed = gzip.compress(json.dumps({"data": {"text": "x" * 200_000}}).encode())
    assert len(packed) < 1000

    response = door(pump).post(level.messages, raw=packed, **{"content-encoding": "gzip"})

    assert len(response.json()["data"]["text"]) == 200_000


def test_it_is_not_unpacked_on_the_loop():
    packed = gzip.compress(b"x" * (ingest.LARGEST + 1))

    assert ingest._unpacked(packed, "gzip", ingest.LARGEST) is None
    assert ingest._unpacked(gzip.compress(b"x" * 100), "gzip", ingest.LARGEST) == b"x" * 100


def test_a_document_of_a_million_lists_is_refused_unread():
    with pytest.raises(TooLarge):
        parse_json(b"[" + b"[]," * MOST_VALUES + b"[]]", max_depth=10)

    commas = json.dumps({"text": "," * (MOST_VALUES + 10)}).encode()
    assert parse_json(commas, max_depth=10) == {"text": "," * (MOST_VALUES + 10)}


def test_an_endless_token_is_no_token(db):
    with pytest.raises(Unauthorized):
        caller_of_token("x" * 20_000)


@pytest.mark.parametrize("method", ["delete", "post"])
def test_a_wrong_method_is_answered_whole(api, pump, level, method):
    response = getattr(api(pump), method)(level.aggregate, {})

    assert response.status_code == 405
    assert int(response.headers.get("Content-Length", len(response.content))) == len(response.content)


@pytest.mark.parametrize("name", [".", ".."])
def test_names_that_paths_swallow(door, pump, name):
    escaped = name.replace(".", "%2e")

    response = door(pump).post(f"/api/agents/{pump.id}/channels/{escaped}/messages", {"data": 1})

    assert response.status_code == 400


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#/foo", "foo": 5},
        {"$ref": "#/foo", "foo": {"type": "nonsense"}},
        {"properties": {"a": {"$ref": "#/foo"}}, "foo": [1]},
    ],
)
def test_a_schema_that_leads_nowhere_is_the_clients_fault(door, pump, level, schema):
    client = door(pump)
    client.put(level.channel, {"is_private": False, "aggregate_schema": schema})

    response = client.patch(level.aggregate, {"a": 1})

    assert (response.status_code, response.json()["code"]) == (400, "bad_schema")


def test_a_slow_schema_rests(monkeypatch):
    monkeypatch.setattr(schemas, "SECONDS", 0)
    slow, judged = {"type": "object", "title": "slow"}, []
    for _ in range(2):
        with pytest.raises(schemas.BadRequest, match="too long"):
            schemas.check_fits({}, slow, "state")
        monkeypatch.setattr(schemas, "_validator", judged.append)

    assert judged == []


@pytest.mark.parametrize("origin", ["http://[::1", "null", "", "javascript:alert(1)", "https://testserver:99999999"])
def test_an_origin_that_is_none_is_not_ours(origin):
    assert not is_ours(origin, "testserver")


def test_our_own_origin_is_ours():
    assert is_ours("http://testserver", "testserver")
    assert is_ours(settings.PUBLIC_URL, "anything")
    assert not is_ours("https://testserver", "testserver")
