"""The rest of the published command line: members, invitations to their end, installs, what follows a channel
(`control-api §7`)."""

import json
import os
import subprocess
import time

import httpx
import pytest

from tests.standalone.outside import manage

from .conftest import environment_of

pytestmark = [pytest.mark.clients, pytest.mark.server, pytest.mark.timeout(600)]
CREEK = "Tallow Creek Water"


@pytest.fixture(scope="module")
def alices(portal, cast):
    """Alice at the API itself, for what no command does."""
    with httpx.Client(base_url=portal.url, headers={"Authorization": f"Bearer {cast['alices_token']}"}) as client:
        yield client


@pytest.fixture(scope="module")
def level(alices, cast):
    """An application that runs on devices."""
    body = {
        "name": "mill_level", "display_name": "Mill level", "description": "x", "type": "DEV", "visibility": "PRI",
        "depends_on": [], "organisation_id": cast["creek"], "image_name": "registry.example/creek/mill:1",
        "config_schema": {"type": "object", "properties": {"height": {"type": "number", "default": 2}}},
    }  # fmt: skip
    made = alices.post("/applications/", json=body)
    assert made.status_code == 201, made.text
    return made.json()["id"]


def test_a_member_comes_changes_and_goes(doover, alices):
    roles = {one["name"]: one["id"] for one in doover("org", "roles", "list", CREEK)["results"]}
    assert doover("org", "roles", "get", CREEK, roles["Member"])["name"] == "Member"
    [viewer] = alices.get("/groups/roles/?name=Viewer").json()["results"]
    [top] = alices.get("/groups/?root_group=true").json()["results"]
    given = ("--role-id", roles["Member"], "--add-to-group", f"{top['id']}:{viewer['id']}")
    doover("org", "users", "add", CREEK, "dan@example.com", *given)

    assert doover("org", "users", "get", CREEK, "dan@example.com")["role"]["name"] == "Member"
    [grant] = doover("org", "users", "groups", CREEK, "dan@example.com")["results"]
    assert grant["role"]["name"] == "Viewer"
    changed = doover("org", "users", "update", CREEK, "dan@example.com", "--role-id", roles["Developer"])
    assert changed["role"]["name"] == "Developer"
    assert doover("org", "users", "remove", CREEK, "dan@example.com")["removed"] is True
    assert doover("org", "users", "get", CREEK, "dan@example.com", code=1)


def test_an_invitation_ends_in_each_way(doover):
    pending = ("org", "users", "pending")
    made = [doover(*pending, "add", CREEK, f"guest{n}@example.com", "--message", "Join")["id"] for n in range(3)]
    assert doover(*pending, "get", CREEK, made[0])["email"] == "guest0@example.com"

    assert doover(*pending, "approve", CREEK, made[0])["email"] == "guest0@example.com"
    assert doover(*pending, "reject", CREEK, made[1])["email"] == "guest1@example.com"
    assert doover(*pending, "delete", CREEK, made[2])["deleted"] is True

    assert doover("org", "users", "get", CREEK, "guest0@example.com")["role"]["name"] == "Member"
    assert doover("org", "users", "get", CREEK, "guest1@example.com", code=1)
    assert doover(*pending, "get", CREEK, made[2], code=1)


def test_archived_devices_are_listed_when_asked_for(doover, cast):
    doover("device", "archive", "pump-8")
    assert "pump-8" not in [one["name"] for one in doover("agent", "list")]
    assert "pump-8" in [one["name"] for one in doover("agent", "list", "--include-archived")]
    doover("device", "unarchive", "pump-8")


def test_an_installer_that_is_a_script(doover, tmp_path):
    kind = doover("device-type", "create", "--name", "Laptop", "--install-type", "COPY_COMMAND")["id"]
    (tmp_path / "setup.sh").write_text("#!/bin/sh\necho ready\n")
    changed = doover("device-type", "upload-installer", "Laptop", tmp_path / "setup.sh")
    assert changed["installer"].endswith(f"/devices/types/{kind}/installer/")
    assert doover("device-type", "get", "Laptop")["install_type"] == "COPY_COMMAND"


def test_an_install_from_every_side(doover, level, cast):
    """The same install by itself, below its device, and below its application."""
    here = ("device", "app-installs")
    made = doover(
        *here, "create", cast["pump"], "--display-name", "Mill", "--application", level, "--deployment-config", "{}"
    )["id"]
    assert made in [one["id"] for one in doover("app-install", "list")["results"]]
    changed = doover("app-install", "update", "Mill", "--deployment-config", '{"height": 7}', "--no-schema")
    assert (changed["deployment_config"], changed["synced"]) == ({"height": 7}, "OV")
    assert doover("app-install", "get", "Mill")["id"] == made
    for words in ((*here, "get", cast["pump"]), ("app", "installs", "get", level)):
        assert doover(*words, made)["display_name"] == "Mill"

    doover(*here, "deploy", cast["pump"], made)
    [deployment] = doover("app", "installs", "deployments", level, made)["results"]
    assert doover(*here, "deployment", cast["pump"], made, deployment["id"])["deployment_config"]["height"] == 7
    assert doover("app", "installs", "archive", level, made)["archived"] is True
    assert doover("app-install", "unarchive", made)["archived"] is False
    doover("app", "installs", "delete", level, made, "--yes")
    assert doover("app-install", "get", made, code=1)


LOG = """
from doover_web.data.access import channel_named, reach_agent, ref_of
from doover_web.data.logs import store_log
from doover_web.identity.auth import in_name_of
from doover_web.identity.models import Agent
pump = Agent.objects.get(pk=%(pump)d)
reach = reach_agent(in_name_of(pump.organisation), pump.id)
ref = ref_of(reach, channel_named(reach, "dv-proc-inv-%(install)s"))
store_log(ref=ref, message_id=%(run)s, entries=[{"timestamp": 1, "type": "user.log", "message": "pumped"}])
"""


def test_one_run_with_what_it_logged(doover, portal, alices, level, cast):
    said = ("--display-name", "Runs", "--application", level, "--device", cast["pump"])
    install = doover("app-install", "create", *said, "--deployment-config", "{}")["id"]
    runs = f"/api/agents/{cast['pump']}/channels/dv-proc-inv-{install}/messages"
    run = alices.post(runs, json={"data": {"status": "success", "duration": 12}}).json()["id"]
    assert "not found" in doover("app-install", "invocation", "Runs", run, code=1), "it wrote no log yet"
    manage(portal, LOG % {"pump": cast["pump"], "install": install, "run": run})

    told = json.dumps(doover("app-install", "invocation", "Runs", run))
    assert "success" in told
    assert "pumped" in told
    doover("app-install", "delete", "Runs", "--yes")


def test_a_registry_that_is_not_ours_is_told_so(doover, level, tmp_path):
    """No registry belongs to this server, so there is nothing to sign in to: the image lies in another."""
    described = {"name": "mill_level", "display_name": "Mill level", "type": "DEV"}
    (tmp_path / "doover_config.json").write_text(json.dumps({"mill_level": described}))
    told = doover("app", "registry-login", ".", where=tmp_path, profile=None, code=1)
    assert "The image lies in another registry" in told
    assert "No releases on the doover registry" in doover("app", "verify-releases", ".", where=tmp_path)


def test_a_channel_is_followed(home, doover, alices, cast):
    channel = f"/api/agents/{cast['pump']}/channels/followed/aggregate"
    assert alices.patch(channel, json={"data": {"metres": 1}}).status_code == 200
    program = environment_of("doover-cli-0.7.1").parent / "doover"
    env = {"HOME": str(home), "PATH": os.environ["PATH"], "DOOVER_SENTRY_ENABLED": "0", "PYTHONUNBUFFERED": "1"}
    words = ["channel", "follow", "followed", "1", "--agent", str(cast["pump"]), "--profile", "alice"]
    following = subprocess.Popen([program, *words], stdout=subprocess.PIPE, text=True, env=env)
    try:
        assert _until(following, '"metres": 1')
        assert alices.patch(channel, json={"data": {"metres": 2}}).status_code == 200
        assert _until(following, '"metres": 2')
    finally:
        following.terminate()
        following.wait(20)
        following.stdout.close()


@pytest.mark.parametrize(
    "words", [("channel", "create-task", "task", "proc"), ("channel", "subscribe", "task", "level"),
              ("doover-config", "deploy", "doover_config.json")],
    ids=" ".join,
)  # fmt: skip
def test_what_the_command_line_itself_refuses(doover, words):
    assert doover(*words, code=1)


def _until(following, words, seconds=60):
    """Whether it prints these words in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if words in following.stdout.readline():
            return True
    return False
