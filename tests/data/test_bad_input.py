"""What a broken or hostile client may send. Each gets the answer the contract names; none is a fault of the server."""

import gzip
import json

import pytest
from django.conf import settings

from doover_web.common.snowflake import first_id_of

MARCH = first_id_of(1_772_600_767_890)


@pytest.fixture
def hot(door, api, pump, level):
    """Every hot endpoint, as `(method, address, wrap)`, with something there to change."""
    api(pump).put(level.aggregate, {"kept": True})
    api(pump).post(f"{level.messages}/{MARCH}", {"data": {"kept": True}})
    one = f"{level.messages}/{MARCH}"
    return [
        ("patch", level.aggregate, lambda data: data),
        ("put", level.aggregate, lambda data: data),
        ("post", level.messages, lambda data: {"data": data}),
        ("post", f"{level.messages}/{MARCH + 1}", lambda data: {"data": data}),
        ("patch", one, lambda data: {"data": data}),
        ("put", one, lambda data: {"data": data}),
    ]


@pytest.fixture
def nothing_changed(api, pump, level, heard):
    """After the test the channel is as it was, and nobody heard of anything."""
    yield
    assert api(pump).get(level.aggregate).json()["data"] == {"kept": True}
    assert [message["data"] for message in api(pump).get(level.messages).json()] == [{"kept": True}]
    assert heard == []


def refused(response, status, code=None):
    """The answer is an error in the one shape, and no fault of the server."""
    body = json.loads(response.content)
    assert response.status_code == status, response.content
    assert response.headers["Content-Type"] == "application/json"
    assert body["message"] == body["detail"] != ""
    assert code in (None, body["code"]), body
    return True


def nothing_is_there(client, address):
    return all(
        refused(getattr(client, method)(address, {"data": {}}), 404, "not_found")
        for method in ("get", "post", "patch", "put", "delete")
    )


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"{", "bad_json"),
        (b"nope", "bad_json"),
        (b'{"data": NaN}', "bad_json"),
        (b'{"data": {"a": Infinity}}', "bad_json"),
        (b'{"data": -Infinity}', "bad_json"),
        (b'{"data": {"a": 1e999}}', "bad_json"),
        (b'{"data": {"a": "x\\u0000y"}}', "bad_json"),
        (b'{"data": {"\\u0000": 1}}', "bad_json"),
        (b'{"data": "\\ud800"}', "bad_json"),
        (b"\xff\xfe\x00", "bad_json"),
        (b"{'data': 1}", "bad_json"),
        (b"data=1", "bad_json"),
        (b'{"data": ' + b"[" * 101 + b"]" * 101 + b"}", "too_deep"),
        (b"[" * 50_000, "bad_json"),
    ],
)
def test_what_is_no_json(door, hot, pump, nothing_changed, raw, code):
    for method, address, _ in hot:
        assert refused(getattr(door(pump), method)(address, raw=raw), 400, code)


@pytest.mark.parametrize("body", [None, [], [{"a": 1}], 5, "text", True])
def test_a_state_is_an_object(door, pump, level, hot, nothing_changed, body):
    for method in ("patch", "put"):
        response = getattr(door(pump), method)(level.aggregate, raw=json.dumps(body).encode())
        assert refused(response, 400, "not_an_object")


@pytest.mark.parametrize("body", [{}, {"ts": 5}, [], 5, None, {"Data": 1}])
def test_a_message_is_wrapped(door, pump, hot, nothing_changed, body):
    for method, address, _ in hot[2:]:
        assert refused(getattr(door(pump), method)(address, raw=json.dumps(body).encode()), 400, "no_data")


def test_an_empty_body_is_no_message(door, pump, hot, nothing_changed):
    for method, address, _ in hot[2:]:
        assert refused(getattr(door(pump), method)(address, raw=b""), 400, "no_data")


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"ts": "now"}, "bad_number"),
        ({"ts": 1.5}, "bad_number"),
        ({"ts": True}, "bad_number"),
        ({"ts": [1]}, "bad_number"),
        ({"ts": 2**64 - 1}, "bad_number"),
        ({"ttl": "1d"}, "bad_number"),
        ({"ttl": 0}, "bad_number"),
        ({"ttl": -1}, "bad_number"),
        ({"ttl": 2**62}, "bad_number"),
    ],
)
def test_numbers_of_the_wrong_kind(door, pump, level, hot, nothing_changed, more, code):
    assert refused(door(pump).post(level.messages, {"data": {}, **more}), 400, code)


def test_null_is_absent_beside_the_data(door, pump, level):
    assert door(pump).post(level.messages, {"data": {}, "ts": None, "ttl": None}).status_code == 200


@pytest.mark.parametrize(
    "id_",
    ["9223372036854775808", "-9223372036854775809", "9999999999999999999", "99999999999999999999999", "1.5", "--1"],
)
def test_a_number_that_is_no_id(door, pump, level, hot, nothing_changed, id_):
    assert nothing_is_there(door(pump), f"{level.messages}/{id_}")


@pytest.mark.parametrize("id_", ["0x10", "abc", "time-series", "%00", "1%0a", "%D9%A1", "-"])
def test_a_word_that_is_no_id(door, pump, level, hot, nothing_changed, id_):
    assert nothing_is_there(door(pump), f"{level.messages}/{id_}")


@pytest.mark.parametrize(
    "agent", ["0", "-5", "1", "9223372036854775808", "99999999999999999999", "abc", "ME", "%00", "1.0"]
)
def test_an_agent_that_is_none(door, pump, agent):
    for method, tail in (("patch", "aggregate"), ("post", "messages"), ("get", "aggregate"), ("get", "messages/5")):
        response = getattr(door(pump), method)(f"/api/agents/{agent}/channels/level/{tail}", {"data": {}})
        assert refused(response, 404, "not_found")


@pytest.mark.parametrize("encoding", ["br", "zstd", "compress", "gzip, gzip", "nonsense"])
def test_an_unknown_encoding(door, pump, hot, nothing_changed, encoding):
    for method, address, wrap in hot:
        raw = json.dumps(wrap({})).encode()
        assert refused(getattr(door(pump), method)(address, raw=raw, **{"content-encoding": encoding}), 415)


@pytest.mark.parametrize("raw", [b'{"data": {}}', b"", gzip.compress(b'{"data": {}}', mtime=0)[:-6], b"\x1f\x8b\x08"])
def test_what_only_claims_to_be_gzip(door, pump, hot, nothing_changed, raw):
    for method, address, _ in hot:
        response = getattr(door(pump), method)(address, raw=raw, **{"content-encoding": "gzip"})
        assert refused(response, 400, "bad_encoding")


def test_a_gzip_body_is_read_on_every_method(door, hot, pump):
    for method, address, wrap in hot:
        raw = gzip.compress(json.dumps(wrap({"text": "x" * 60})).encode())
        response = getattr(door(pump), method)(address, raw=raw, **{"content-encoding": "gzip"})
        assert response.json()["data"]["text"] == "x" * 60


def test_a_gzip_body_on_delete_is_ignored(api, pump, level, hot):
    raw = gzip.compress(b'{"any": "thing"}', mtime=0)

    assert api(pump).delete(f"{level.messages}/{MARCH}", raw=raw, **{"content-encoding": "gzip"}).status_code == 200


def test_a_gzip_bomb(door, pump, hot, nothing_changed):
    bomb = gzip.compress(b'{"data": "' + b"0" * (settings.MAX_BODY_BYTES + 1) + b'"}')
    assert len(bomb) < 20_000

    for method, address, _ in hot[1:4]:
        response = getattr(door(pump), method)(address, raw=bomb, **{"content-encoding": "gzip"})
        assert refused(response, 413, "too_large")


def test_a_huge_body(door, pump, level, hot, nothing_changed):
    huge = b'{"data": "' + b"0" * settings.MAX_BODY_BYTES + b'"}'

    assert refused(door(pump).post(level.messages, raw=huge), 413, "too_large")


def test_a_large_body_is_fine(door, api, pump, level):
    data = {"text": "x" * 600_000}

    message_id = door(pump).post(level.messages, {"data": data}).json()["id"]

    assert api(pump).get(f"{level.messages}/{message_id}").json()["data"] == data


def test_a_state_may_not_grow_without_end(door, api, pump, level, monkeypatch):
    monkeypatch.setattr("doover_web.data.commit.LARGEST_DOCUMENT", 1000)
    door(pump).put(level.aggregate, {"a": "x" * 900})

    assert refused(door(pump).patch(level.aggregate, {"b": "x" * 900}), 413, "too_large")
    assert list(api(pump).get(level.aggregate).json()["data"]) == ["a"]


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/octet-stream", "application/x-www-form-urlencoded", "x"]
)
def test_json_under_another_type_is_still_json(door, pump, level, content_type):
    response = door(pump).patch(level.aggregate, raw=b'{"a": 1}', content_type=content_type)

    assert response.json()["data"] == {"a": 1}


def test_wrong_methods(api, pump, level):
    for method, address in (
        ("post", level.aggregate),
        ("delete", level.aggregate),
        ("delete", level.messages),
        ("patch", level.messages),
        ("patch", level.channel),
        ("delete", level.channel),
        ("post", f"/api/agents/{pump.id}/channels"),
        ("get", level.channel + "/archive"),
        ("trace", level.aggregate),
        ("brew", level.messages),
    ):
        response = getattr(api(pump), method)(address)
        assert refused(response, 405, "method_not_allowed"), (method, address)
        assert response.headers["Allow"]


@pytest.mark.parametrize(
    "address",
    [
        "/api",
        "/api/",
        "/api/nonsense",
        "/api/agents",
        "/api/agents/1",
        "/api/agents/{pump}/channels/",
        "/api/agents/{pump}/channels/level/",
        "/api/agents/{pump}/channels/level/aggregate/",
        "/api/agents/{pump}/channels//aggregate",
        "/api/agents/{pump}/channels/level/nonsense",
        "/api/agents/{pump}/channels/level/messages/1/logs/2",
        "/api/agents/{pump}/channels/../../../accounts/login/",
        "/api/agents/{pump}/channels/a%2Fb/aggregate",
    ],
)
def test_unknown_addresses(door, pump, address):
    for method in ("get", "post", "patch", "delete"):
        assert refused(getattr(door(pump), method)(address.format(pump=pump.id), {"data": 1}), 404, "not_found")


def test_repeated_and_unknown_query_keys(door, api, pump, level):
    response = door(pump).patch(level.aggregate + "?log_update=false&log_update=true&nonsense=1&%00=%00&&=", {"a": 1})

    assert response.json()["data"] == {"a": 1}
    assert len(api(pump).get(level.messages + "?limit=5&limit=1&nonsense=%ff").json()) == 1


@pytest.mark.parametrize("query", ["field_name=%00", "field_name=a%00&field_name=b", "field_name=%ff", "field_name="])
def test_strange_field_names_match_nothing(api, pump, level, query):
    api(pump).post(level.messages, {"data": {"a": 1}})

    assert api(pump).get(f"{level.messages}?{query}").json() == []


@pytest.mark.parametrize(
    "query",
    ["replace=" + ".".join("a" * 5000), "&".join(["replace=a"] * 101), "replace=" + "." * 2000],
)
def test_replace_paths_have_a_limit(door, pump, level, hot, nothing_changed, query):
    assert refused(door(pump).patch(f"{level.aggregate}?{query}", {"a": 1}), 400, "bad_path")


@pytest.mark.parametrize("path", ["", ".", "a..b", "..", "%00", "%ff", "a.%F0%9F%92%A7"])
def test_strange_replace_paths_do_no_harm(door, pump, level, path):
    door(pump).put(level.aggregate, {"a": {"b": 1}, "c": 1})

    response = door(pump).patch(f"{level.aggregate}?replace={path}", {"c": 2})

    assert response.json()["data"] == {"a": {"b": 1}, "c": 2}


@pytest.mark.parametrize("value", [5e-324, 1.7976931348623157e308, -0.0, 1e22, 10**19, 0.1 + 0.2])
def test_numbers_at_the_edges(door, api, pump, level, value):
    message_id = door(pump).post(level.messages, {"data": {"n": value}}).json()["id"]

    assert float(api(pump).get(f"{level.messages}/{message_id}").json()["data"]["n"]) == value


def test_hostile_text_is_text(door, api, pump, level):
    data = {"<script>": "'); DROP TABLE data_message; --", "__proto__": {"x": 1}, "💧": "\u202e\x7f", "": ""}

    message_id = door(pump).post(level.messages, {"data": data}).json()["id"]

    assert api(pump).get(f"{level.messages}/{message_id}").json()["data"] == data


@pytest.mark.parametrize("query", ["include_aggregate=maybe", "include_archived=%00"])
def test_flags_of_a_list_that_are_none(api, pump, query):
    assert refused(api(pump).get(f"/api/agents/{pump.id}/channels?{query}"), 400, "bad_request")


def test_a_foreign_host_name(api, pump, level, settings):
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": "django.core.files.storage.InMemoryStorage"}}

    assert refused(api(pump).get(level.aggregate, host="evil.example"), 400)


def test_a_query_of_too_many_keys(door, pump, level):
    answer = door(pump).patch(level.aggregate + "?" + "&".join(["k=1"] * 2600), {"a": 1})

    assert (answer.status_code, answer["Content-Type"]) == (400, "application/json")
