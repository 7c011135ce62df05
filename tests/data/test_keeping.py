"""How long messages are kept and shown: time to live, and where a channel's history begins."""

import pytest

from doover_web.common.slices import slice_of
from doover_web.common.snowflake import first_id_of, now_ms
from doover_web.data import publish, tasks
from doover_web.data.models import Message

MARCH = 1_772_600_767_890
DAY_MS = 24 * 3600 * 1000


@pytest.fixture
def later(monkeypatch):
    """`later(seconds)`: let that much time pass for the data plane."""

    def pass_time(seconds):
        for place in ("commit", "history", "tasks", "models.message"):
            monkeypatch.setattr(f"doover_web.data.{place}.now_ms", lambda: now_ms() + seconds * 1000)

    return pass_time


def test_a_message_is_gone_when_its_time_is_over(door, api, pump, level, later):
    one = f"{level.messages}/" + door(pump).post(level.messages, {"data": {}, "ttl": 60}).json()["id"]
    assert api(pump).get(one).status_code == 200

    later(61)

    assert api(pump).get(one).status_code == 404
    assert api(pump).get(level.messages).json() == []
    for method in ("patch", "put", "delete"):
        assert getattr(door(pump), method)(one, {"data": {}}).status_code == 404


def test_the_seconds_count_from_storing(door, api, pump, level):
    door(pump).post(level.messages, {"data": "old", "ts": MARCH, "ttl": 60})

    assert [message["data"] for message in api(pump).get(level.messages).json()] == ["old"]


def test_the_expired_do_not_fill_a_page(api, pump, level, itself, later):
    for n in range(6):
        publish.post_message(reach=itself, name="level", data=n, ttl=60 if n > 2 else None)

    later(61)

    assert [message["data"] for message in api(pump).get(level.messages + "?limit=2").json()] == [2, 1]


def test_a_channel_may_have_a_time_to_live(door, api, alice, pump, level, later):
    api(alice).put(level.channel, {"is_private": False, "default_ttl": 60})
    door(pump).post(level.messages, {"data": "short"})
    door(pump).post(level.messages, {"data": "long", "ttl": 600})
    api(alice).put(level.channel, {"is_private": False, "default_ttl": None})
    door(pump).post(level.messages, {"data": "for ever"})

    later(61)

    assert [message["data"] for message in api(pump).get(level.messages).json()] == ["for ever", "long"]


def test_an_expired_id_may_be_used_again(door, api, pump, level, later, heard):
    one = f"{level.messages}/{first_id_of(MARCH)}"
    door(pump).post(one, {"data": 1, "ttl": 60})
    later(61)

    door(pump).post(one, {"data": 1})

    assert api(pump).get(one).json()["data"] == 1
    assert [type(event).__name__ for event in heard] == ["MessageCreated", "MessageCreated"]


def test_a_sweep_removes_the_expired_and_no_other(itself, later, monkeypatch):
    monkeypatch.setattr(tasks, "SWEEP_ROWS", 3)
    for n in range(10):
        publish.post_message(reach=itself, name="level", data=n, ttl=60 if n % 2 else None)
    assert tasks.sweep_expired() == 0

    later(61)

    assert tasks.sweep_expired() == 5
    assert sorted(Message.objects.values_list("data", flat=True)) == [0, 2, 4, 6, 8]


def test_a_sweep_of_many_gives_others_their_turn(itself, later, monkeypatch):
    monkeypatch.setattr(tasks, "SWEEP_ROWS", 2)
    monkeypatch.setattr(tasks, "slice_of", lambda steps: slice_of(steps, seconds=0))
    again = []
    monkeypatch.setattr(tasks.sweep_expired, "delay", lambda: again.append(tasks.sweep_expired()))
    for n in range(5):
        publish.post_message(reach=itself, name="level", data=n, ttl=60)
    later(61)

    assert tasks.sweep_expired() == 2

    assert again == [0, 1, 2]  # the last of them came first to its end, which found nothing left
    assert not Message.objects.exists()


def test_making_partitions_again_changes_nothing(db):
    assert tasks.make_partitions() == tasks.make_partitions() > 3


def test_history_begins_where_the_channel_says(door, api, alice, pump, level, itself):
    ids = [publish.post_message(reach=itself, name="level", data=n, ts=MARCH + n * DAY_MS).id for n in range(4)]

    api(alice).put(level.channel, {"is_private": False, "history_since": MARCH + 2 * DAY_MS})

    assert [message["data"] for message in api(pump).get(level.messages).json()] == [3, 2]
    assert [message["data"] for message in api(pump).get(level.messages + "?after=0").json()] == [2, 3]
    assert api(pump).get(f"{level.messages}/{ids[1]}").status_code == 404
    assert door(pump).patch(f"{level.messages}/{ids[1]}", {"data": {}}).status_code == 404
    assert api(pump).get(f"{level.messages}/{ids[2]}").status_code == 200

    api(alice).put(level.channel, {"is_private": False, "history_since": None})
    assert len(api(pump).get(level.messages).json()) == 4


@pytest.mark.parametrize(("since", "shown"), [(10**14, 0), (-(10**14), 1), (0, 1)])
def test_a_beginning_no_id_can_carry(api, alice, pump, level, itself, since, shown):
    message_id = publish.post_message(reach=itself, name="level", data=1).id

    api(alice).put(level.channel, {"is_private": False, "history_since": since})

    assert len(api(pump).get(level.messages).json()) == shown
    assert (api(pump).get(f"{level.messages}/{message_id}").status_code == 200) is bool(shown)
