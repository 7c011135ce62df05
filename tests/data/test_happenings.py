"""Where what happened stands: kept with the messages and transitions, found among any number of devices."""

from importlib import import_module

import pytest
from django.db import connection

from doover_web.common.snowflake import ID_MAX, ID_MIN, first_id_of, now_ms
from doover_web.common.window import Window
from doover_web.data import happenings
from doover_web.data.actions.alarm import create_alarm
from doover_web.data.happenings import Around, Kind, forget_gone, newest
from doover_web.data.models import Happening, Message
from doover_web.data.publish import delete_message, post_message, update_aggregate
from doover_web.identity.models import Agent

ALL = [int(kind) for kind in Kind]
EVER = Window(None, None, 1)


@pytest.fixture
def says(alice, reach):
    def say(agent, text="hello", channel="notifications", **more):
        return post_message(reach=reach(alice, agent), name=channel, data={"message": text}, **more)

    return say


def fleet(creek, count):
    return [Agent.objects.create(kind="device", organisation=creek, name=f"p{n}") for n in range(count)]


def ids(stretch):
    return [place.id for place in stretch.places]


def test_messages_and_transitions_are_noted_and_removed_with_them(alice, pump, reach, says):
    first, other = says(pump), says(pump, channel="level")
    update_aggregate(reach=reach(alice, pump), name="tag_values", data={"t": 31})
    create_alarm(
        reach=reach(alice, pump), name="tag_values", body={"name": "a", "key": "t", "operator": "gt", "value": 3}
    )

    assert sorted(Happening.objects.values_list("kind", flat=True)) == [Kind.NOTIFICATION, Kind.ALARM]
    assert not Happening.objects.filter(id=other.id).exists()
    delete_message(reach=reach(alice, pump), name="notifications", message_id=first.id)
    assert list(Happening.objects.values_list("kind", flat=True)) == [Kind.ALARM]


def test_what_was_said_before_there_were_places_gets_them(alice, pump, reach, says):
    """The migrations find what `commit` does, but for the oldest word on the connection: before it nothing is known."""
    at, now = reach(alice, pump), now_ms()
    oldest, *_turns = [
        post_message(reach=at, name="doover_connection", data={"determination": state}, ts=now - 60_000 * ago)
        for ago, state in ((9, "Online"), (8, "Online"), (7, "Offline"), (6, None), (5, "Online"))
    ]
    for channel in ("notifications", "ui_cmds", "activity_logs", "level"):
        says(pump, channel=channel)
    update_aggregate(reach=at, name="tag_values", data={"t": 31})
    create_alarm(reach=at, name="tag_values", body={"name": "a", "key": "t", "operator": "gt", "value": 3})
    rows = Happening.objects.values_list("agent_id", "kind", "id", "channel_id", "organisation_id")
    noted = set(rows)
    assert len(noted) == 7

    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE data_happening DROP CONSTRAINT happening_of_channel")
        cursor.execute("DELETE FROM data_happening")
        for name in ("0014_happenings", "0015_turns"):
            cursor.execute(import_module(f"doover_web.data.migrations.{name}").FORWARD)

    assert set(rows.all()) == {row for row in noted if row[2] != oldest.id}


def test_what_retention_took_is_forgotten(pump, says):
    gone, kept = says(pump), says(pump)
    Message.objects.filter(agent_id=pump.id, id=gone.id).delete()

    assert forget_gone(first_id_of(now_ms() + 1000), seconds=5) == (1, None)

    assert list(Happening.objects.values_list("id", flat=True)) == [kept.id]


def test_it_is_forgotten_piece_by_piece(creek, says, monkeypatch):
    monkeypatch.setattr(happenings, "PIECE", 4)
    said = [says(device) for _ in range(3) for device in fleet(creek, 3)]
    Message.objects.filter(id__in=[one.id for one in said[::2]]).delete()
    before, removed, since, slices = first_id_of(now_ms() + 1000), 0, happenings.FIRST, 0

    while since is not None:
        gone, since = forget_gone(before, seconds=0, since=since)
        assert gone <= 4
        removed, slices = removed + gone, slices + 1

    assert (removed, slices) == (5, 4)  # three pieces of up to four places, and the look that finds the end
    assert sorted(Happening.objects.values_list("id", flat=True)) == sorted(one.id for one in said[1::2])


def test_a_piece_is_found_along_the_key(pump, says):
    says(pump)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("EXPLAIN " + happenings.FORGET, [*happenings.FIRST, 4, ID_MAX])
        plan = "\n".join(row[0] for row in cursor.fetchall())

    assert "Index Only Scan using data_happening_pkey" in plan
    assert "Seq Scan on data_happening" not in plan


def test_many_and_single_devices_are_found_the_same(creek, pump, says):
    said = [says(device).id for device in fleet(creek, 5) for _ in range(3)]
    agents = Agent.objects.devices()

    for around in (Around(agents), Around(agents, (creek.id,))):
        assert ids(newest(around, EVER, ALL, enough=50)) == sorted(said, reverse=True)
    assert ids(newest(Around(agents), Window(said[9], said[2], 1), ALL, 50)) == sorted(said[3:9], reverse=True)
    assert ids(newest(Around(agents), EVER, [int(Kind.EVENT)], 50)) == []


def test_few_among_many_are_found_though_others_said_more(creek, pump, says, monkeypatch):
    monkeypatch.setattr(happenings, "OF_EACH", 10)
    monkeypatch.setattr(happenings, "SCANNED", 20)
    mine = says(pump, ts=now_ms() - 60_000)
    [loud] = fleet(creek, 1)
    for _ in range(30):
        says(loud)

    found = newest(Around(Agent.objects.filter(pk=pump.id), (creek.id,)), EVER, ALL, enough=5)

    assert (ids(found), found.floor) == ([mine.id], None)


@pytest.mark.parametrize("organised", [False, True])
@pytest.mark.parametrize("scanned", [400, 8])
def test_pages_follow_each_other_without_gaps(creek, says, monkeypatch, organised, scanned):
    monkeypatch.setattr(happenings, "OF_EACH", 7)
    monkeypatch.setattr(happenings, "SCANNED", scanned)
    said = [says(device).id for _ in range(4) for device in fleet(creek, 3)]

    assert read_to_the_end(Around(Agent.objects.devices(), (creek.id,) if organised else ())) == sorted(said)[::-1]


@pytest.mark.parametrize("organised", [False, True])
def test_what_devices_say_under_the_same_id_is_never_cut_apart(creek, says, monkeypatch, organised):
    monkeypatch.setattr(happenings, "OF_EACH", 5)
    monkeypatch.setattr(happenings, "SCANNED", 5)
    devices, hour = fleet(creek, 4), first_id_of(now_ms() - 3_600_000)
    said = [says(device, message_id=hour + n).id for n in range(6) for device in devices]

    assert read_to_the_end(Around(Agent.objects.devices(), (creek.id,) if organised else ())) == sorted(said)[::-1]


def read_to_the_end(around):
    """The ids of all pages, one after the other."""
    seen, before = [], None
    while True:
        found = newest(around, Window(before, None, 1), ALL, enough=1)
        seen += ids(found)
        if found.floor is None:
            return seen
        before = found.floor


def test_the_newest_are_read_from_the_index(creek, pump, says):
    says(pump)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        asked = {"organisations": [creek.id], "kinds": ALL, "after": ID_MIN, "before": ID_MAX, "limit": 5, "most": 9}
        cursor.execute("EXPLAIN " + happenings.OF_ORGANISATIONS, asked)
        plan = "\n".join(row[0] for row in cursor.fetchall())

    assert "Index Only Scan Backward using happening_of_organisation" in plan
