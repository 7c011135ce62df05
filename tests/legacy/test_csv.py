"""What the first generation exports goes out whole, and comes in again."""

import json

import pytest

pytestmark = pytest.mark.django_db
HEAD = "Key,Timestamp (UTC),Channel,Channel ID,Agent,Agent ID,Payload\n"


@pytest.fixture
def level(old, at_pump):
    """The key of the channel `level` of Pump 7, with three messages in it."""
    for message in ({"n": 1}, "two, in words", [3]):
        old.post(at_pump("level"), {"msg": message, "record_log": True})
    return old.get(at_pump("level")).json()["channel"]


@pytest.fixture
def exported(old, level):
    return b"".join(old.get(f"/ch/v1/channel/{level}/messages/export.csv"))


def imported(api, alice, pump, raw, name="level"):
    return api(alice).post(f"/api/agents/{pump.id}/channels/{name}/csv", raw=raw, content_type="text/csv").json()


def test_an_export_is_whole_however_short_lists_are(exported, settings, old, level):
    settings.LEGACY_MOST_MESSAGES = 2

    assert b"".join(old.get(f"/ch/v1/channel/{level}/messages/export.csv")) == exported
    assert len(old.get(f"/ch/v1/channel/{level}/messages/").json()["messages"]) == 2


def test_an_export_comes_in_where_it_was_and_changes_nothing(api, alice, pump, exported, history):
    before = history("level")
    answer = imported(api, alice, pump, exported)

    assert (answer["stored"], answer["refused"]) == (3, 0)
    assert history("level") == before


def test_an_export_comes_in_elsewhere(api, alice, pump, old, at_pump, exported, history):
    old.post(at_pump("copy"))
    assert imported(api, alice, pump, exported, "copy")["stored"] == 3

    assert [(one["message"], one["payload"]) for one in history("copy")] == [
        (one["message"], one["payload"]) for one in history("level")
    ]


def test_an_export_of_another_server(api, alice, pump, level, history):
    key, when = "3d5c9f27-e4a1-4bb6-8f0d-75a2c6e91b08", "2024-01-01T00:00:00.250000+00:00"
    payload = json.dumps({"level": 71.5}).replace('"', '""')
    raw = (HEAD + f'{key},{when},ui_state,x,Bore pump 4,y,"{payload}"\n{key},soon,,,,,1\n').encode()

    for _ in range(2):
        answer = imported(api, alice, pump, raw)
        assert (answer["stored"], answer["refused"]) == (1, 1)
    [*_, oldest] = history("level")
    assert len(history("level")) == 4
    assert (oldest["timestamp"], oldest["payload"]) == (1704067200.25, {"level": 71.5})


def test_an_export_of_some_seconds(old, at_pump):
    for second in (1705320000, 1705320060, 1705320120):
        old.post(at_pump("level"), {"msg": {"at": second}, "record_log": True, "timestamp": second})
    key = old.get(at_pump("level")).json()["channel"]
    address = f"/ch/v1/channel/{key}/messages/export.csv?from=1705320060&to=1705320060"
    lines = b"".join(old.get(address)).decode().splitlines()

    assert len(lines) == 2
    assert "1705320060" in lines[1]
