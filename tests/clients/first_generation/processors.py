"""Processors and tasks: packages, subscriptions, deployments, code that runs where it is called."""

import base64
import os
import zipfile
from io import BytesIO

from pydoover.cloud.api import NotFound
from pydoover.cloud.api.exceptions import HTTPException

from . import AGENT, HOME, WORLD
from .stage import by_token, raises

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
BASED_CODE = """
import logging
from pydoover.cloud.processor import ProcessorBase

class target(ProcessorBase):
    def process(self):
        level = self.message.fetch_payload()["level"]
        logging.info("Level %s at %s", level, self.get_agent_config("SITE"))
        self.fetch_channel_named("based-said").publish({"level": level})
        assert self.fetch_channel(self.task_id).name == "!based"
"""


def package(name, code):
    folder = HOME / name
    folder.mkdir()
    (folder / "target.py").write_text(code)
    return folder


def story_packages():
    client = by_token()
    processor = client.create_processor("packaged", AGENT)
    folder = package("packaged", LOCAL_CODE)
    (folder / "inner").mkdir()
    (folder / "inner" / "data.bin").write_bytes(os.urandom(3_000_000))
    processor.update_from_package(folder)
    processor.update()
    with zipfile.ZipFile(BytesIO(base64.b64decode(processor.aggregate))) as unpacked:
        assert set(unpacked.namelist()) >= {"target.py", "inner/data.bin"}
    assert processor.fetch_messages(1)[0].fetch_payload() == processor.aggregate
    raises(HTTPException, processor.publish, "no package at all")


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


def story_a_deployment_of_the_old_command_line():
    client = by_token()
    processor = client.create_processor("deployed", AGENT)
    processor.update_from_package(package("deployed", LOCAL_CODE))
    processor.update()
    assert len(processor.aggregate) > 0
    raises(NotFound, client.get_channel_named, "!deployed", AGENT)
    task = client.create_task("deployed", AGENT, processor.key)
    task.publish({"message_type": "DEPLOY"})
    for name, wanted in (("deployments", True), ("uplinks", False)):
        channel = client.create_channel(name, AGENT)
        change = task.subscribe_to_channel if wanted else task.unsubscribe_from_channel
        assert change(channel.key) is True
    drawing = HOME / "drawing.svg"
    drawing.write_text("<svg/>")
    client.create_channel("drawing", AGENT).update_from_file(drawing)
    assert client.get_channel_named("drawing", AGENT).aggregate["output_type"] == "image/svg+xml"
    deployments = client.create_channel("deployments", AGENT)
    deployments.publish({"new_deployment": True}, save_log=False)
    assert client.get_channel_named("deployments", AGENT).aggregate == {"new_deployment": True}
    assert client.get_channel_messages(deployments.key) == []
    assert client.get_channel_named("!deployed", AGENT).aggregate == {"message_type": "DEPLOY"}


def story_code_run_locally():
    client = by_token()
    folder = str(package("local", LOCAL_CODE))
    processor = client.create_processor("local", AGENT)
    task = client.create_task("local", AGENT, processor.key)
    task.publish({"limit": 40})
    task.update()
    assert task.aggregate == {"limit": 40}
    given = {"message": "x", "channel": "y", "payload": {"level": 50}, "timestamp": 1.0}
    task.invoke_locally(folder, msg_obj=given, agent_settings={"deployment_config": {}}, agent_id=AGENT)
    processor.invoke_locally(
        folder,
        agent_id=AGENT,
        access_token=WORLD["token"],
        api_endpoint=WORLD["base_url"],
        package_config={"limit": 60},
        msg_obj=given,
    )
    said = [one.fetch_payload() for one in client.get_channel_named("local-said", AGENT).fetch_messages(5)]
    assert said == [{"limit": 60, "level": 50}, {"limit": 40, "level": 50}]


def story_the_librarys_own_processor():
    client = by_token()
    task = client.create_task("based", AGENT, client.create_processor("based", AGENT).key)
    said, log = (client.create_channel(name, AGENT) for name in ("based-said", "based_logs"))
    client.create_processor("based", AGENT).invoke_locally(
        str(package("based", BASED_CODE)),
        agent_id=AGENT,
        access_token=WORLD["token"],
        api_endpoint=WORLD["base_url"],
        msg_obj={"message": "x", "channel": said.key, "payload": {"level": 50}, "timestamp": 1.0},
        task_id=task.key,
        log_channel=log.key,
        agent_settings={"deployment_config": client.get_agent(AGENT).deployment_config},
    )
    log.update()
    assert "Level 50 at north" in log.aggregate
    assert "ERROR" not in log.aggregate
    assert said.last_message.fetch_payload() == {"level": 50}
