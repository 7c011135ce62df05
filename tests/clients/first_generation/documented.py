"""The examples of the documentation, call by call."""

from datetime import UTC, datetime, timedelta

from pydoover.cloud.api import Forbidden, NotFound
from pydoover.cloud.api.exceptions import HTTPException

from . import AGENT, WORLD
from .stage import by_token, raises


def story_the_complete_example():
    client = by_token()
    sensor_channel = client.create_channel("temperature-readings", AGENT)
    for number in range(5):
        sensor_channel.publish({"reading_id": number, "temperature": 20 + number * 0.5, "unit": "celsius"})
    processor = client.create_processor("analyze-temperature", AGENT)
    task = client.create_task("temperature-analyzer", AGENT, processor.key)
    assert task.subscribe_to_channel(sensor_channel.key) is True
    messages = sensor_channel.fetch_messages(num_messages=10)
    assert [one.fetch_payload()["temperature"] for one in messages] == [22, 21.5, 21, 20.5, 20]
    assert sensor_channel.aggregate == {}  # the one it was made with
    assert 0 <= sensor_channel.last_update_age < 60
    sensor_channel.update()
    assert sensor_channel.aggregate == {"reading_id": 4, "temperature": 22, "unit": "celsius"}


def story_override_and_merge():
    client = by_token()
    channel = client.create_channel("sensor-data", agent_id=AGENT)
    channel.publish({"a": 1, "b": 2})
    channel.publish({"b": 3, "c": 4})
    assert client.get_channel(channel.key).aggregate == {"a": 1, "b": 3, "c": 4}
    channel.publish({"x": 10}, override_aggregate=True)
    assert client.get_channel(channel.key).aggregate == {"x": 10}
    channel.publish(data={"value": 42}, save_log=True, log_aggregate=False, override_aggregate=True)
    client.publish_to_channel(channel_id=channel.key, data={"key": "value"})
    client.publish_to_channel_name(agent_id=AGENT, channel_name="sensor-data", data={"status": "active"})
    channel.publish(data={"reading": 42}, timestamp=datetime(2024, 1, 15, 12, 0, 0, tzinfo=UTC))
    channel.publish(data={"status": "idle"}, save_log=False)
    expected = {"value": 42, "key": "value", "status": "idle", "reading": 42}
    fetched = client.get_channel_named("sensor-data", agent_id=AGENT)
    assert fetched.fetch_aggregate() == expected
    channel.publish({"later": 1})
    assert fetched.fetch_aggregate() == expected  # its own copy, until it is updated


def story_messages_of_the_last_hours():
    client = by_token()
    channel = client.create_channel("recent", AGENT)
    channel.publish({"n": 1})
    end = datetime.now()
    messages = client.get_channel_messages_in_window(channel.key, end - timedelta(hours=24), end)
    assert [one.fetch_payload() for one in messages] == [{"n": 1}]
    window = {"window_start": datetime.now() - timedelta(hours=1), "window_end": datetime.now()}
    assert [one.id for one in channel.fetch_messages_in_window(**window)] == [messages[0].id]
    message = client.get_message(channel.key, messages[0].id)
    message.delete()
    raises(NotFound, message.update)


def story_errors():
    client = by_token()
    raises(NotFound, client.get_channel, "invalid-uuid")
    raises(NotFound, client.get_channel_named, "nonexistent", "agent-uuid")
    raises(NotFound, client.create_channel, "nonexistent", "agent-uuid")
    raises(NotFound, client.get_channel_messages, "channel-uuid", num_messages=10)
    raises(NotFound, client.get_message, "channel-uuid", "message-uuid")
    raises(NotFound, client.subscribe_to_channel, channel_id="data-channel-uuid", task_id="task-uuid")
    raises(NotFound, client.publish_to_channel, channel_id="channel-uuid", data={"key": "value"})
    raises(NotFound, client.get_agent, WORLD["elsewhere"])
    raises(Forbidden, client.get_channel_named, "level", WORLD["elsewhere"])
    raises(Forbidden, client.publish_to_channel_name, WORLD["elsewhere"], "level", {})
    raises(Forbidden, by_token("wrong").get_agent_list)
    raises(Forbidden, by_token("None").get_agent, AGENT)
    raises(HTTPException, client.publish_to_channel_name, AGENT, "x", {}, timestamp=datetime(1900, 1, 1))
    raises(HTTPException, client.create_channel, "a/b", AGENT)
