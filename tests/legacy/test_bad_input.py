"""What old scripts get wrong, and what a hostile one tries."""

import json

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from doover_web.data.models import Channel

pytestmark = pytest.mark.django_db
KEY = "00000000-0000-4000-8000-000000000000"


@pytest.mark.parametrize(
    "name", ["a%2Fb", "/", "%2e", "%2e%2e", "a%00b", "%0a", "=1", "+1", "-1", "@x", "#", "!" * 9, "x" * 300]
)
def test_names_that_no_channel_has(old, pump, name):
    answer = old.post(f"/ch/v1/agent/{pump.key}/{name}/", {"msg": {"a": 1}, "record_log": True})

    assert answer.status_code in (400, 404, 405)
    assert not Channel.objects.filter(agent_id=pump.id).exists()


def test_a_slash_in_a_name_is_refused_with_words(old, pump):
    answer = old.post(f"/ch/v1/agent/{pump.key}/a%2Fb/", {"msg": {}})

    assert answer.status_code == 400
    assert "slash" in answer.json()["message"]


@pytest.mark.parametrize(
    "raw",
    [
        b"\xff\xfe\x00",
        b'{"msg": ' + b"[" * 200 + b"]" * 200 + b"}",
        b'{"msg": {"\\u0000": 1}}',
        b"a\x00b",
        b'{"msg": {}, "log_aggregate": 1.5}',
        b'{"msg": {}, "override_aggregate": "true"}',
        b'{"msg": {}, "timestamp": true}',
        b'{"msg": {}, "timestamp": 1e300}',
        b'{"msg": {}, "timestamp": -99999999999}',
        b'{"msg": {}, "timestamp": []}',
        b'{"msg": {}, "processor_id": {}}',
    ],
)
def test_bodies_that_cannot_be_kept(old, at_pump, raw):
    answer = old.post(at_pump("level"), raw=raw)

    assert answer.status_code == 400
    assert answer.json()["message"] == answer.json()["detail"]
    assert old.get(at_pump("level")).status_code == 404


@pytest.mark.parametrize(
    "raw",
    [b"[]", b"3", b'""', b'"words"', b"{", b"null", b'{"message": 1}', b" ", b"{}", b'{"msg": "\\ud800"}', b"[1e999]"],
)
def test_any_other_body_is_the_message(old, at_pump, history, raw):
    assert old.post(at_pump("level"), raw=raw, content_type="").status_code == 200
    assert len(history("level")) == 1


@pytest.mark.parametrize("method", ["put", "patch", "delete", "options", "trace"])
def test_methods_that_nothing_speaks(old, at_pump, pump, method):
    for path in (at_pump("level"), "/ch/v1/list_agents/", f"/ch/v1/channel/{KEY}/messages/3"):
        answer = getattr(old, method)(path)
        assert (answer.status_code, answer["Content-Type"]) == (405, "application/json")
        assert answer.json()["code"] == "method_not_allowed"


def test_an_address_that_is_none(old):
    answer = old.get("/ch/v1/nowhere/at/all")

    assert answer.status_code == 404
    assert answer.json()["message"]


@pytest.mark.parametrize(
    "rest",
    [
        "messages/-1/",
        "messages/1.5/",
        "messages/99999999999999999999999/",
        "messages/time/a/b/",
        "messages/time/nan/1/",
        "messages/time/-inf/inf/",
        "messages/time/1e400/-1e400/",
        "message/%00",
        "message/-9223372036854775809",
        "message/" + "9" * 4000,
        "message/",
        "nothing/",
    ],
)
def test_odd_addresses_of_a_history(old, at_pump, rest):
    key = old.post(at_pump("level")).content.decode()

    assert old.get(f"/ch/v1/channel/{key}/{rest}").status_code in (200, 404)


@pytest.mark.parametrize("body", [b"", b"[]", b'{"channel_id": null}', b'{"channel_id": 7, "subscribe": true}', b"{"])
def test_subscriptions_that_say_nothing(old, at_pump, body):
    key = old.post(at_pump("!run")).content.decode()

    assert old.post(f"/ch/v1/channel/{key}/subscribe/", raw=body).status_code == 400


@pytest.mark.parametrize("body", [{}, [], {"name": 7}, {"name": "x" * 5000}, {"name": "a", "owner_org_key": 7}])
def test_applications_that_are_none(old, body):
    assert old.post("/apps/api/v1/applications/", body).status_code == 400


def test_who_polls_hard_costs_reads_alone(old, at_pump):
    old.post(at_pump("level"), {"msg": {"a": 1}, "record_log": True})
    paths = (at_pump("level"), at_pump("level") + "messages/1/", "/ch/v1/list_agents/")
    for path in paths:
        old.get(path)

    with CaptureQueriesContext(connection) as queries:
        for _ in range(20):
            for path in paths:
                assert old.get(path).status_code == 200
    assert len(queries) <= 20 * len(paths) * 8
    assert [one["sql"] for one in queries if one["sql"].startswith(("INSERT", "UPDATE", "DELETE"))] == []


def test_a_body_that_is_too_large(old, at_pump, settings):
    settings.LEGACY_MAX_BODY_BYTES = 1000

    answer = old.post(at_pump("level"), {"msg": "x" * 1000, "record_log": True})
    assert answer.status_code == 413
    assert json.loads(answer.content)["code"] == "too_large"
    old.post(at_pump("level"), {"msg": {"a": "x" * 900}})
    assert old.post(at_pump("level"), {"msg": {"b": "x" * 900}}).status_code == 413
    assert list(old.get(at_pump("level")).json()["aggregate"]["payload"]) == ["a"]


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
FIELDS = ["msg", "record_log", "log_aggregate", "override_aggregate", "timestamp", "processor_id"]
FIELDS += ["channel_id", "subscribe", "hostname", "port", "protocol", "timeout", "ip_whitelist", "name", "type"]
FIELDS += ["depends_on", "config_schema", "deployment_data", "output", "output_type"]
BODIES = st.dictionaries(st.sampled_from(FIELDS), ANYTHING, max_size=6) | ANYTHING


class Undo(Exception):
    pass


@pytest.mark.parametrize("door", ["channel", "subscribe", "tunnel", "application"])
def test_no_body_is_a_fault_of_ours(old, at_pump, pump, door):
    task = old.post(at_pump("!run")).content.decode()
    address = {
        "channel": at_pump("level"),
        "subscribe": f"/ch/v1/channel/{task}/subscribe/",
        "tunnel": f"/ch/v1/agent/{pump.key}/dd_tunnels/",
        "application": "/apps/api/v1/applications/",
    }[door]
    old.client.raise_request_exception = False

    @given(body=BODIES)
    def asked(body):
        try:
            with transaction.atomic():
                answer = old.post(address, raw=json.dumps(body).encode("utf-8", "surrogatepass"))
                assert answer.status_code < 500, answer.content
                assert answer.status_code == 200 or answer.json()["message"]
                raise Undo
        except Undo:
            pass

    asked()
