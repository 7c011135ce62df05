"""What is published, and the messages it leaves."""

import json
from datetime import UTC, datetime, timedelta

from pydoover.cloud.api import NotFound

from . import AGENT, WORLD
from .stage import by_token, raises


def story_options():
    client = by_token()
    channel = client.create_channel("options", AGENT)
    channel.publish({"a": 1, "deep": {"x": 1, "y": 2}})
    channel.publish({"b": 2, "deep": {"y": None}}, save_log=False)
    channel.publish({"c": 3}, log_aggregate=True)
    channel.publish({"d": 4}, override_aggregate=True)
    client.publish_to_channel(channel.key, {"e": 5})
    client.publish_to_channel_name(AGENT, "options", {"f": 6})
    channel.update()
    assert channel.aggregate == {"d": 4, "e": 5, "f": 6}
    assert [one.fetch_payload() for one in channel.fetch_messages(50)] == [
        {"f": 6},
        {"e": 5},
        {"d": 4},
        {"a": 1, "b": 2, "c": 3, "deep": {"x": 1}},
        {"a": 1, "deep": {"x": 1, "y": 2}},
    ]


def story_text_and_json_in_text():
    client = by_token()
    client.publish_to_channel_name(AGENT, "made-by-publishing", "just text")
    channel = client.get_channel_named("made-by-publishing", AGENT)
    assert channel.aggregate == channel.last_message.fetch_payload() == "just text"
    channel.publish(json.dumps({"a": 1}))
    channel.update()
    assert channel.aggregate == {"a": 1}
    for other in ([1, {"b": 2}], 7, 2.5, True):
        channel.publish(other)
        channel.update()
        assert channel.aggregate == other
    assert client.get_channel_messages(channel.key, 1)[0].fetch_payload() is True


def story_what_a_publish_returns():
    client = by_token()
    kept = client.publish_to_channel_name(AGENT, "returns", {"a": 1})
    channel = client.get_channel_named("returns", AGENT)
    assert channel.last_message.id == kept
    assert channel.publish({"b": 2}, save_log=False) == channel.key


def story_the_past():
    client = by_token()
    channel = client.create_channel("past", AGENT)
    then = datetime(2024, 1, 15, 12, tzinfo=UTC)
    channel.publish({"old": True}, timestamp=then)
    channel.publish({"new": True})
    newest, oldest = client.get_channel_messages(channel.key)
    assert oldest.timestamp == datetime.fromtimestamp(then.timestamp())
    assert newest.fetch_payload() == {"new": True}
    window = channel.fetch_messages_in_window(then - timedelta(hours=1), then)
    assert [one.id for one in window] == [oldest.id]
    now = datetime.now()
    assert [one.id for one in channel.fetch_messages_in_window(now - timedelta(minutes=5), now)] == [newest.id]


def story_a_message():
    client = by_token()
    channel = client.create_channel("messages-read", AGENT)
    key = channel.publish({"level": 71.5})
    message = client.get_message(channel.key, key)
    assert (message.id, message.channel_id, message.channel_name) == (key, channel.key, "messages-read")
    assert message.agent_id == WORLD["user"]
    assert message.fetch_payload() == {"level": 71.5}
    assert 0 <= message.age < 60
    assert 0 <= message.get_age() < 60
    assert message.timestamp == message.get_timestamp()
    shown = message.to_dict()
    assert (shown["message"], shown["agent"], shown["channel"]) == (key, WORLD["user"], channel.key)
    assert (shown["timestamp"], shown["payload"]) == (message.timestamp, {"level": 71.5})
    message.update()
    assert channel.last_message.id == key
    message.delete()
    raises(NotFound, client.get_message, channel.key, key)
    channel.update()
    assert channel.aggregate == {"level": 71.5}
    raises(NotFound, client.get_message, channel.key, "no-such-message")


def story_lists():
    client = by_token()
    channel = client.create_channel("listed", AGENT)
    begun = datetime.now()
    for number in range(3):
        channel.publish({"n": number})

    def numbers(found):
        return [one.fetch_payload()["n"] for one in found]

    assert numbers(client.get_channel_messages(channel.key)) == [2, 1, 0]
    assert numbers(client.get_channel_messages(channel.key, 2)) == [2, 1]
    assert numbers(client.get_channel_messages_in_window(channel.key, begun, datetime.now())) == [2, 1, 0]
    assert client.get_channel_messages_in_window(channel.key, begun, begun - timedelta(hours=1)) == []
    assert numbers(channel.fetch_messages(3)) == [2, 1, 0]
    assert numbers(channel.fetch_messages(1)) == [2, 1, 0]  # what it has already
    first = client.get_channel_messages(channel.key, 1)[0]
    assert (first.channel_id, first.channel_name, first.agent_id) == (channel.key, "listed", WORLD["user"])
    assert client.get_message(channel.key, first.id).fetch_payload() == first.fetch_payload()
