"""Runs inside the environment of the first generation's client: each story uses it as its documentation shows and
checks what it got. It reads names of stories, one a line, and writes what came of each: "" or how it failed."""

import base64
import builtins
import hashlib
import hmac
import json
import os
import struct
import sys
import tempfile
import time
import traceback
import zipfile
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

WORLD = json.loads(sys.argv[1])
HOME = Path(tempfile.mkdtemp())
os.environ["HOME"] = str(HOME)

from pydoover.cloud.api import Client, Forbidden, Message, NotFound  # noqa: E402  it looks at HOME when it is loaded
from pydoover.cloud.api.application import Application  # noqa: E402
from pydoover.cloud.api.channel import Channel, Processor, Task  # noqa: E402
from pydoover.cloud.api.config import ConfigEntry, ConfigManager  # noqa: E402
from pydoover.cloud.api.exceptions import HTTPException  # noqa: E402

AGENT = WORLD["pump"]
LOCAL_CODE = """
from pydoover.cloud.api import Client

class target:
    def __init__(self, **given):
        self.given = given

    def execute(self):
        given = self.given
        client = Client(token=given["access_token"], base_url=given["api_endpoint"], agent_id=given["agent_id"])
        said = {"limit": given["package_config"]["limit"], "level": given["msg_obj"]["payload"]["level"]}
        client.publish_to_channel_name(given["agent_id"], "local-said", said)
"""


def by_token(token=WORLD["token"], base_url=WORLD["base_url"]):
    return Client(token=token, base_url=base_url)


def raises(kind, call, *args, **options):
    try:
        call(*args, **options)
    except kind:
        return
    raise AssertionError(f"{kind.__name__} was not raised")


def story_the_documented_complete_example():
    client = by_token()
    sensor_channel = client.create_channel("temperature-readings", AGENT)
    assert sensor_channel.aggregate == {}
    for number in range(5):
        sensor_channel.publish({"reading_id": number, "temperature": 20 + number * 0.5, "unit": "celsius"})
    processor = client.create_processor("analyze-temperature", AGENT)
    task = client.create_task("temperature-analyzer", AGENT, processor.key)
    assert task.subscribe_to_channel(sensor_channel.key) is True
    messages = sensor_channel.fetch_messages(num_messages=10)
    assert [one.fetch_payload()["temperature"] for one in messages] == [22, 21.5, 21, 20.5, 20]
    assert 0 <= sensor_channel.last_update_age < 60
    sensor_channel.update()
    assert sensor_channel.aggregate == {"reading_id": 4, "temperature": 22, "unit": "celsius"}


def story_errors_as_documented():
    client = by_token()
    raises(NotFound, client.get_channel, "invalid-uuid")
    raises(NotFound, client.get_channel_named, "nonexistent", "agent-uuid")
    raises(NotFound, client.get_agent, WORLD["elsewhere"])
    raises(Forbidden, client.get_channel_named, "level", WORLD["elsewhere"])
    raises(Forbidden, by_token("wrong").get_agent_list)
    raises(Forbidden, by_token("None").get_agent, AGENT)
    raises(HTTPException, client.publish_to_channel_name, AGENT, "x", {}, timestamp=datetime(1900, 1, 1))


def story_username_and_password():
    client = Client(username=WORLD["email"], password=WORLD["password"], base_url=WORLD["base_url"])
    client.login()
    assert client.agent_id == WORLD["user"]
    assert timedelta(minutes=15) < client.access_token.expires_at - datetime.now(UTC) < timedelta(minutes=25)
    assert {one.name for one in client.get_agent_list()} >= {"bore-4"}


def story_an_expired_token_is_renewed():
    client = Client(
        username=WORLD["email"],
        password=WORLD["password"],
        token="over",
        token_expires=datetime.now(UTC) - timedelta(hours=1),
        base_url=WORLD["base_url"],
    )
    assert client.get_agent(AGENT).name == "bore-4"


def story_a_wrong_password():
    client = Client(username=WORLD["email"], password="wrong", base_url=WORLD["base_url"])
    raises(RuntimeError, client.login)


def story_two_factors():
    asked = builtins.input
    builtins.input = lambda *_: code_of(WORLD["totp_secret"])
    try:
        client = Client(username=WORLD["totp_email"], password=WORLD["password"], base_url=WORLD["base_url"])
        client.login()
    finally:
        builtins.input = asked
    assert client.get_agent(client.agent_id).type == "doover_users | user"


def code_of(secret):
    counter = struct.pack(">Q", int(time.time()) // 30)
    digest = hmac.new(base64.b32decode(secret), counter, hashlib.sha1).digest()
    start = digest[-1] & 15
    return str((struct.unpack(">I", digest[start : start + 4])[0] & 0x7FFFFFFF) % 10**6).zfill(6)


def story_profiles():
    manager = ConfigManager("default")
    manager.create(
        ConfigEntry(
            "default", token=WORLD["token"], agent_id=AGENT, base_url=WORLD["base_url"], username="", password=""
        )
    )
    manager.write()
    assert Client().get_agent(AGENT).id == AGENT


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


def story_channel_kinds():
    client = by_token()
    assert type(client.create_channel("plain", AGENT)) is Channel
    processor = client.create_channel("#sums", AGENT)
    assert type(processor) is Processor
    assert client.create_processor("sums", AGENT) == processor
    task = client.create_task("!run", AGENT, processor.key)
    assert type(task) is Task
    assert (task.processor_key, task.processor_id) == (processor.key, processor.key)
    assert task.fetch_processor().name == "#sums"
    raises(NotFound, client.create_task, "other", AGENT, "00000000-0000-0000-0000-000000000000")


def story_channels():
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
    device.create_processor("mine", AGENT)
    assert device.get_channel("#mine").name == "#mine"
    raises(NotFound, device.get_channel, "!not-mine")


def story_publish_options():
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
    client.publish_to_channel_name(AGENT, "made-by-publishing", "just text")
    assert client.get_channel_named("made-by-publishing", AGENT).aggregate == "just text"


def story_a_publish_of_the_past():
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


def story_messages():
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
    assert message.to_dict()["payload"] == {"level": 71.5}
    message.update()
    assert channel.last_message.id == key
    message.delete()
    raises(NotFound, client.get_message, channel.key, key)
    channel.update()
    assert channel.aggregate == {"level": 71.5}
    raises(NotFound, client.get_message, channel.key, "no-such-message")


def story_subscriptions():
    client = by_token()
    channel = client.create_channel("heard", AGENT)
    task = client.create_task("hears", AGENT, client.create_processor("ears", AGENT).key)
    assert task.subscribe_to_channel(channel.key) is True
    assert client.subscribe_to_channel(channel.key, task.key) is True
    assert task.unsubscribe_from_channel(channel.key) is True
    assert client.unsubscribe_from_channel(channel.key, task.key) is True
    raises(HTTPException, client.subscribe_to_channel, task.key, channel.key)
    raises(NotFound, client.subscribe_to_channel, "nothing", task.key)


def story_files():
    client = by_token()
    channel = client.create_channel("files", AGENT)
    channel.publish({"kept": 1})
    path = HOME / "dot.png"
    path.write_bytes(b"\x89PNG" + bytes(3000))
    channel.update_from_file(path)
    channel.update()
    assert channel.aggregate["output_type"] == "image/png"
    assert base64.b64decode(channel.aggregate["output"]) == path.read_bytes()
    assert channel.aggregate["kept"] == 1
    channel.update_from_file(path, "text/x-own")
    channel.update()
    assert channel.aggregate["output_type"] == "text/x-own"


def story_packages():
    client = by_token()
    processor = client.create_processor("packaged", AGENT)
    folder = HOME / "package"
    (folder / "inner").mkdir(parents=True)
    (folder / "target.py").write_text("class target:\n    def __init__(self, **given): self.given = given\n")
    (folder / "inner" / "data.bin").write_bytes(os.urandom(3_000_000))
    processor.update_from_package(folder)
    processor.update()
    with zipfile.ZipFile(BytesIO(base64.b64decode(processor.aggregate))) as unpacked:
        assert set(unpacked.namelist()) >= {"target.py", "inner/data.bin"}
    assert processor.fetch_messages(1)[0].fetch_payload() == processor.aggregate


def story_csv_exports():
    import requests

    client = by_token()
    channel = client.create_channel("exported", AGENT)
    for number in range(3):
        channel.publish({"n": number, "words": 'say "hi", twice\nover'})
    address = f"{WORLD['base_url']}/ch/v1/channel/{channel.key}/messages/export.csv"
    answer = requests.get(address, headers={"Authorization": f"Token {WORLD['token']}"}, timeout=20)
    assert answer.status_code == 200
    path = HOME / "export.csv"
    path.write_bytes(answer.content)
    read = Message.from_csv_export(client, path)
    assert [one.fetch_payload()["n"] for one in read] == [0, 1, 2]
    live = {one.id: one for one in channel.fetch_messages(10)}
    assert {one.id for one in read} == set(live)
    assert all(abs((one.timestamp - live[one.id].timestamp).total_seconds()) < 0.01 for one in read)
    assert read[0].channel_name == "exported"


def story_tunnels():
    client = by_token()
    made = client.create_tunnel(WORLD["pump"], hostname="127.0.0.1", port=22, protocol="tcp", timeout=15)
    assert (made["name"], made["timeout"], made["is_active"]) == ("127.0.0.1:22", 15, False)
    assert [one["key"] for one in client.get_tunnels(AGENT)["tunnels"]] == [made["key"]]
    assert client.get_tunnels(AGENT, show_choices=True)["tunnels"]
    raises(HTTPException, client.activate_tunnel, made["key"])
    device = by_token(WORLD["device_token"])
    device.publish_to_channel_name(AGENT, "tunnels", {"open": []})
    client.activate_tunnel(made["key"])
    channel = client.get_channel_named("tunnels", AGENT)
    assert channel.aggregate["to_open"] == [{"address": "127.0.0.1:22", "protocol": "tcp", "timeout": 15}]
    assert channel.get_tunnel_url("127.0.0.1:22") is None
    opened = [{"address": "127.0.0.1:22", "url": "tcp://relay.example:20022"}]
    device.publish_to_channel_name(AGENT, "tunnels", {"open": opened, "to_open": []})
    channel.update()
    assert channel.get_tunnel_url("127.0.0.1:22") == "tcp://relay.example:20022"
    assert client.get_tunnel(made["key"])["endpoint"] == "relay.example:20022"
    assert client.get_tunnel(made["key"])["is_active"] is True
    assert client.patch_tunnel(made["key"], name="ssh", is_favourite=True)["name"] == "ssh"
    raises(HTTPException, client.patch_tunnel, made["key"], protocol="http")
    client.deactivate_tunnel(made["key"])
    channel.update()
    assert channel.aggregate["to_close"] == opened
    device.publish_to_channel_name(AGENT, "tunnels", {"open": [], "to_close": []})
    assert client.get_tunnel(made["key"])["is_active"] is False
    client.delete_tunnel(made["key"])
    raises(NotFound, client.get_tunnel, made["key"])
    raises(RuntimeError, client.create_channel("no-tunnels", AGENT).get_tunnel_url, "x")
    assert client.get_tunnel_endpoints(AGENT, "tcp") == []
    raises(HTTPException, client.create_tunnel_endpoints, AGENT, "tcp", 1)


def story_applications():
    client = by_token()
    fields = {
        "name": "pump_control",
        "display_name": "Pump control",
        "type": "DEV",
        "visibility": "PRI",
        "allow_many": True,
        "description": "Runs a pump",
        "long_description": "README.md",
        "depends_on": [],
        "owner_org_key": WORLD["organisation"],
        "code_repo_key": None,
        "container_registry_profile_key": None,
        "repo_branch": "main",
        "image_name": "example/pump:1",
        "config_schema": {"type": "object"},
        "key": None,
    }
    base = HOME / "app"
    (base / "deployment").mkdir(parents=True)
    (base / "deployment" / "docker-compose.yml").write_text("services: {}\n")
    (base / "README.md").write_text("# Pump control\n")
    application = Application.from_config(fields, base)
    application.key = client.create_application(application)
    assert isinstance(application.key, str)
    application.description = "Runs two pumps"
    client.update_application(application)
    [listed] = [one for one in client.get_applications() if one["key"] == application.key]
    assert listed["description"] == "Runs two pumps"
    client.get_application(application.key)
    raises(HTTPException, client.create_application, application)


def story_a_base_address_with_a_slash():
    client = by_token(base_url=WORLD["base_url"] + "/")
    channel = client.create_channel("slashed", AGENT)
    channel.publish({"a": 1})
    assert len(channel.fetch_messages(5)) == 1
    person = Client(username=WORLD["email"], password=WORLD["password"], base_url=WORLD["base_url"] + "/")
    person.login()
    assert person.get_agent(AGENT).name == "bore-4"


def story_code_run_locally():
    client = by_token()
    folder = HOME / "local"
    folder.mkdir()
    (folder / "target.py").write_text(LOCAL_CODE)
    processor = client.create_processor("local", AGENT)
    task = client.create_task("local", AGENT, processor.key)
    task.publish({"limit": 40})
    task.update()
    assert task.aggregate == {"limit": 40}
    given = {"message": "x", "channel": "y", "payload": {"level": 50}, "timestamp": 1.0}
    task.invoke_locally(str(folder), msg_obj=given, agent_settings={"deployment_config": {}}, agent_id=AGENT)
    processor.invoke_locally(
        str(folder),
        agent_id=AGENT,
        access_token=WORLD["token"],
        api_endpoint=WORLD["base_url"],
        package_config={"limit": 60},
        msg_obj=given,
    )
    said = [one.fetch_payload() for one in client.get_channel_named("local-said", AGENT).fetch_messages(5)]
    assert said == [{"limit": 60, "level": 50}, {"limit": 40, "level": 50}]


def story_odd_names():
    client = by_token()
    for name in ("ui_state@wss_connections", "with space", "ümläut", "100%"):
        client.create_channel(name, AGENT).publish({"a": 1})
        assert client.get_channel_named(name, AGENT).aggregate == {"a": 1}


def told(name):
    try:
        globals()[name]()
    except BaseException:
        return traceback.format_exc()
    return ""


if __name__ == "__main__":
    for line in sys.stdin:
        sys.stdout.write(json.dumps(told(line.strip())) + "\n")
        sys.stdout.flush()
