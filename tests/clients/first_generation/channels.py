"""Agents, and their channels by key and by name."""

from pydoover.cloud.api import NotFound
from pydoover.cloud.api.channel import Channel, Processor, Task

from . import AGENT, WORLD
from .stage import by_token, raises


def story_agents():
    client = by_token()
    agent = client.get_agent(AGENT)
    assert (agent.id, agent.key, agent.agent_id) == (AGENT, AGENT, AGENT)
    assert (agent.type, agent.name, agent.owner_org) == ("devices | device", "bore-4", WORLD["organisation"])
    assert agent.deployment_config == {"SITE": "north"}
    client.create_channel("seen", AGENT)
    agent.update()
    assert "seen" in [one.name for one in agent.channels]
    listed = {one.id: one for one in client.get_agent_list()}
    assert listed[AGENT].deployment_config == {"SITE": "north"}
    assert listed[WORLD["user"]].type == "doover_users | user"
    assert WORLD["elsewhere"] not in listed


def story_kinds():
    client = by_token()
    assert type(client.create_channel("plain", AGENT)) is Channel
    processor = client.create_channel("#sums", AGENT)
    assert type(processor) is Processor
    assert client.create_processor("sums", AGENT) == client.create_processor("#sums", AGENT) == processor
    task = client.create_task("!run", AGENT, processor.key)
    assert type(task) is Task
    assert (task.processor_key, task.processor_id) == (processor.key, processor.key)
    assert task.fetch_processor().name == "#sums"
    raises(NotFound, client.create_task, "other", AGENT, "00000000-0000-0000-0000-000000000000")
    client.publish_to_channel_name(AGENT, "!bare", {"limit": 40})
    assert client.get_channel_named("!bare", AGENT).fetch_processor() is None
    raises(NotFound, client.get_channel_named, "sums", AGENT)  # without its prefix it is another channel


def story_attributes():
    client = by_token()
    channel = client.create_channel("attributes", AGENT)
    assert channel.key == channel.id == client.get_channel(channel.key).id
    assert channel.agent_id == AGENT
    assert channel.last_message is None
    assert channel.last_update_age is None
    assert channel.fetch_agent().id == AGENT
    assert channel.fetch_aggregate() == {}
    assert client.get_channel_named("attributes", AGENT) == channel
    assert client.create_channel("attributes", AGENT) == channel
    bare = next(one for one in client.get_agent(AGENT).channels if one.name == "attributes")
    assert bare.aggregate is None
    assert bare.fetch_aggregate() == {}


def story_names_of_the_own_agent():
    device = by_token(WORLD["device_token"])
    processor = device.create_processor("mine", AGENT)
    assert device.get_channel("#mine") == processor
    raises(NotFound, device.get_channel, "!mine")
    task = device.create_task("mine", AGENT, processor.key)
    assert type(device.get_channel("!mine")) is Task
    assert device.get_channel("!mine") == task
    raises(NotFound, by_token().get_channel, "#mine")


def story_odd_names():
    client = by_token()
    for name in ("ui_state@wss_connections", "with space", "ümläut", "100%", "a.b", "messages", "time", "🐑"):
        client.create_channel(name, AGENT).publish({"a": 1})
        assert client.get_channel_named(name, AGENT).aggregate == {"a": 1}
        assert len(client.get_channel_named(name, AGENT).fetch_messages(5)) == 1
