"""Publishing and reading as scripts of the first generation do."""

import json

import pytest

from doover_web.data.publish import post_message, update_aggregate

pytestmark = pytest.mark.django_db


def test_create_or_get(old, at_pump, history):
    assert old.get(at_pump("level")).status_code == 404
    key = old.post(at_pump("level")).content.decode()
    made = old.get(at_pump("level")).json()

    assert (made["channel"], made["name"], made["type"]) == (key, "level", "base")
    assert made["aggregate"]["payload"] == {}
    assert old.post(at_pump("level")).content.decode() == key
    assert history("level") == []


def test_publish_keeps_and_merges(old, at_pump, history):
    old.post(at_pump("level"), {"msg": {"flow": 4, "mode": "auto"}, "record_log": True})
    answer = old.post(at_pump("level"), {"msg": {"mode": "off", "fault": 0}, "record_log": True})
    channel = old.get(at_pump("level")).json()

    assert channel["aggregate"]["payload"] == {"flow": 4, "mode": "off", "fault": 0}
    [newest, first] = history("level")
    assert newest["message"] == answer.content.decode()
    assert newest["payload"] == {"mode": "off", "fault": 0}
    assert first["payload"] == {"flow": 4, "mode": "auto"}
    assert newest["channel"] == channel["channel"]
    assert newest["channel_name"] == "level"


def test_options_of_publish(old, at_pump, history):
    old.post(at_pump("level"), {"msg": {"a": 1}, "record_log": False})
    old.post(at_pump("level"), {"msg": {"b": 2}, "record_log": False, "log_aggregate": True})
    old.post(at_pump("level"), {"msg": {"c": 3}, "record_log": True, "override_aggregate": True})
    old.post(at_pump("level"), {"msg": {"d": 4}})

    assert old.get(at_pump("level")).json()["aggregate"]["payload"] == {"c": 3, "d": 4}
    assert [one["payload"] for one in history("level")] == [
        {"c": 3},
        {"a": 1, "b": 2},
    ]


def test_a_moment_before_the_epoch_of_ids(old, at_pump, history):
    noon = 1705320000
    old.post(at_pump("level"), {"msg": {"a": 1}, "record_log": True, "timestamp": noon})
    old.post(at_pump("level"), {"msg": {"a": 2}, "record_log": True})

    [newest, oldest] = history("level")
    assert oldest["timestamp"] == noon
    assert newest["payload"] == {"a": 2}
    window = history("level", f"time/{noon}/{noon}/")
    assert [one["message"] for one in window] == [oldest["message"]]
    one = f"/ch/v1/channel/{oldest['channel']}/message/{oldest['message']}"
    assert old.get(one).json()["payload"] == {"a": 1}
    assert old.delete(one).status_code == 200
    assert old.get(one).status_code == 404


def test_text_and_text_that_is_json(old, at_pump, history):
    old.post(at_pump("level"), {"msg": "plain words", "record_log": True})
    assert old.get(at_pump("level")).json()["aggregate"]["payload"] == "plain words"
    old.post(at_pump("level"), {"msg": json.dumps({"a": 1}), "record_log": True})
    assert old.get(at_pump("level")).json()["aggregate"]["payload"] == {"a": 1}
    old.post(at_pump("level"), raw=b"bare words", content_type="")
    assert old.get(at_pump("level")).json()["aggregate"]["payload"] == "bare words"
    assert len(history("level")) == 3


def test_prefixes(old, at_pump, pump):
    key = old.post(at_pump("%23sums")).content.decode()

    assert old.get(at_pump("%23sums")).json()["type"] == "processor"
    assert old.get(f"/ch/v1/agent/{pump.key}/").json()["channels"] == [
        {"channel": key, "name": "#sums", "type": "processor", "agent": str(pump.key)}
    ]


def test_names_at_the_own_agent(old_pump, at_pump):
    key = old_pump.post(at_pump("%23sums")).content.decode()

    assert old_pump.get("/ch/v1/channel/%23sums/").json()["channel"] == key
    assert old_pump.get("/ch/v1/channel/nothing/").status_code == 404
    assert old_pump.get("/ch/v1/channel/%00/").status_code == 404


def test_one_store_for_both_generations(old, api, alice, pump, at, at_pump, history):
    update_aggregate(reach=at, name="level", data={"metres": 1.2})
    posted = post_message(reach=at, name="level", data={"metres": 1.1})

    channel = old.get(at_pump("level")).json()
    assert channel["aggregate"]["payload"] == {"metres": 1.2}
    [message] = history("level", "1/")
    assert message["payload"] == {"metres": 1.1}
    assert message["agent"] == str(alice.agent.key)
    by_id = old.get(f"/ch/v1/channel/{channel['channel']}/message/{posted.id}").json()
    assert by_id["message"] == message["message"]
    assert old.get(f"/ch/v1/agent/{pump.id}/level").json()["channel"] == channel["channel"]

    old.post(at_pump("notes"), {"msg": "words", "record_log": True})
    new = api(alice)
    assert new.get(f"/api/agents/{pump.id}/channels/notes/aggregate").json()["data"] == {"value": "words"}
    assert new.get(f"/api/agents/{pump.id}/channels/notes/messages").json()[0]["data"] == "words"


def test_either_slash(old, at_pump, history):
    old.post(at_pump("level"), {"msg": {"a": 1}, "record_log": True})

    for path in (at_pump("level"), at_pump("level").rstrip("/")):
        assert old.get(path).status_code == 200
    assert not old.client.cookies


def test_head_is_get_without_a_body(old, at_pump, history):
    old.post(at_pump("level"), {"msg": {"a": 1}, "record_log": True})
    message = history("level")[0]
    by_key = f"/ch/v1/channel/{message['channel']}/"
    one = f"{by_key}message/{message['message']}"

    for path in ("/ch/v1/list_agents/", at_pump("level"), by_key, at_pump("level") + "messages", f"{one}/", one):
        head, whole = old.head(path), old.get(path)
        assert (head.status_code, head.content) == (200, b"")
        assert head["Content-Type"] == whole["Content-Type"]
    assert old.head(at_pump("nothing")).status_code == 404
    assert old.head(by_key + "subscribe/").status_code == 405


def test_head_of_an_export_reads_no_history(old, at_pump, monkeypatch):
    key = old.post(at_pump("level")).content.decode()
    monkeypatch.setattr("doover_web.legacy.export.pages_of", None)
    head = old.head(f"/ch/v1/channel/{key}/messages/export.csv")

    assert (head.status_code, b"".join(head)) == (200, b"")
    assert head["Content-Type"].startswith("text/csv")


@pytest.mark.parametrize(
    ("before", "message", "after"),
    [
        ({"flow": 4, "mode": "auto"}, {"mode": "off", "fault": 0}, {"flow": 4, "mode": "off", "fault": 0}),
        ({"p": {"x": 1, "y": 2}}, {"p": {"y": None, "z": 3}}, {"p": {"x": 1, "z": 3}}),
        ({"l": [1, 2]}, {"l": [9]}, {"l": [9]}),
        ({"a": 1}, "text", "text"),
        ("text", {"a": 1}, {"a": 1}),
        ({"a": 5}, {"a": {"k": None}}, {"a": {"k": None}}),  # as the client libraries merge
        ({"a": 5}, None, {"a": 5}),
    ],
)
def test_merging(old, at_pump, before, message, after):
    for published in (before, message):
        assert old.post(at_pump("level"), {"msg": published}).status_code == 200

    assert old.get(at_pump("level")).json()["aggregate"]["payload"] == after


@pytest.mark.parametrize("scheme", ["Token", "Bearer"])
def test_either_scheme_at_either_generation(old, pump, scheme):
    header = {"authorization": f"{scheme} {old.token}"}

    assert old.get(f"/ch/v1/agent/{pump.key}/", **header).status_code == 200
    assert old.get(f"/api/agents/{pump.id}/channels", **header).status_code == 200


def test_a_stray_session_changes_nothing(old, at_pump):
    old.client.cookies["sessionid"] = "over"
    answer = old.post(at_pump("level"), {"msg": {"a": 1}}, origin="https://elsewhere.example")

    assert answer.status_code == 200
    assert not answer.cookies


def test_strangers(old, old_of, mallory, bob, pump, at_pump):
    key = old.post(at_pump("level")).content.decode()
    stranger, viewer = old_of(mallory), old_of(bob)

    assert stranger.get(f"/ch/v1/agent/{pump.key}/").status_code == 404
    assert stranger.get(at_pump("level")).status_code == 403
    assert stranger.get(f"/ch/v1/channel/{key}/").status_code == 403
    assert stranger.get(f"/ch/v1/agent/{pump.id}/level/").status_code == 404
    assert stranger.post(at_pump("level"), {"msg": {}}).status_code == 403
    assert viewer.get(at_pump("level")).status_code == 200
    assert viewer.post(at_pump("level"), {"msg": {}}).status_code == 403


def test_a_bad_token_is_forbidden(old, at_pump, history):
    for token in ("None", "", "x" * 9000, "dvp_nothing"):
        old.token = token
        refusal = old.get(at_pump("level"))
        assert refusal.status_code == 403
        assert refusal.json()["message"]


@pytest.mark.parametrize(
    "text", ["agent-uuid", "invalid-uuid", "99", "%00", "-", "00000000-0000-0000-0000-000000000000"]
)
def test_ids_that_name_nothing(old, text):
    for path in (f"agent/{text}/", f"agent/{text}/level/", f"channel/{text}/", f"channel/{text}/messages/3/"):
        assert old.get(f"/ch/v1/{path}").status_code == 404
    assert old.get(f"/apps/api/v1/applications/{text}/").status_code == 404
    assert old.get(f"/ch/v1/tunnels/{text}/").status_code == 404


def test_applications_by_key_and_by_id(old):
    made = old.post("/apps/api/v1/applications/", {"name": "pump_control", "type": "DEV"}).json()

    for named in (made["key"], made["id"]):
        assert old.get(f"/apps/api/v1/applications/{named}/").json()["name"] == "pump_control"


@pytest.mark.parametrize(
    "body",
    [
        {"msg": {}, "record_log": "yes"},
        {"msg": {}, "timestamp": "now"},
        {"msg": {}, "timestamp": 10**11},
        {"msg": {}, "processor_id": 7},
        {"msg": "a\x00b"},
    ],
)
def test_bad_publishes(old, at_pump, body):
    refusal = old.post(at_pump("level"), body)

    assert refusal.status_code == 400
    assert refusal.json()["message"]


def test_everybody_lists_what_they_see(old, old_of, mallory, pump, alice):
    listed = {one["agent"] for one in old.get("/ch/v1/list_agents/").json()["agents"]}
    strangers = {one["agent"] for one in old_of(mallory).get("/ch/v1/list_agents/").json()["agents"]}

    assert {str(pump.key), str(alice.agent.key)} <= listed
    assert str(pump.key) not in strangers


MANY = "[" + "[]," * 500_001 + "0]"
DEEP = "[" * 300 + "]" * 300


@pytest.mark.parametrize(("text", "status"), [(MANY, 413), (DEEP, 400), ('["\\u0000"]', 400), ('{"a": NaN', 200)])
def test_a_document_in_text_is_no_larger_than_one(old, at_pump, text, status):
    assert old.post(at_pump("level"), {"msg": text}).status_code == status
    assert old.post(at_pump("level"), raw=text.encode(), content_type="text/plain").status_code == status


def test_long_plain_text_is_no_document(old, at_pump, history):
    text = "a," * 500_001
    assert old.post(at_pump("log"), raw=text.encode(), content_type="text/plain").status_code == 200

    assert [one["payload"] for one in history("log")] == [text]


def test_messages_that_do_not_fit_one_page(old, at_pump, history, monkeypatch):
    monkeypatch.setattr("doover_web.data.history.LARGEST_PAGE", 3000)
    monkeypatch.setattr("doover_web.legacy.messages.LARGEST_WHOLE", 4000)
    for number in range(6):
        old.post(at_pump("files"), {"msg": {"output": "x" * 2000, "n": number}, "record_log": True})

    for asked in ("", "6/", "time/0/9999999999/"):
        assert [one["payload"]["n"] for one in history("files", asked)] == [5, 4, 3, 2, 1, 0]
    assert len(history("files", "4/")) == 4
