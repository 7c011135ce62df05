"""The demo: makes its organisations and devices, then becomes the fleet that plays them.

`python -m doover_web.standalone.demo`, started by bin/serve. What exists is left as people have made it.
"""

import json
import os
import sys
from pathlib import Path
from urllib.parse import urlsplit

import django

from doover_web.standalone.fleet.roster import NORTHWIND, ROSTER, TALLOW, App, Entry
from doover_web.standalone.furnish import furnish, types
from doover_web.standalone.place import Place, read_json, write_private
from doover_web.standalone.prepare import FIRST_ORGANISATION

# The devices are strangers to the server: of its environment they get what a Python program needs, no secret.
FOR_A_PROGRAM = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "PYTHONPATH", "PYTHONPYCACHEPREFIX", "PYTHONUNBUFFERED")


def set_up(known: dict[str, str]) -> dict:
    """Everything the demo needs in the database. `known` are the tokens handed out before, by agent id; those that
    still open a door are used again. Returns who plays which device with which token."""
    from doover_web.identity.models import Agent

    move_in()
    homes = {name: organisation(name) for name in (TALLOW, NORTHWIND)}
    admit_first_user(homes)
    is_new, kinds = not Agent.objects.devices().filter(organisation=homes[TALLOW]).exists(), types(homes)
    devices = [(entry, device(entry, homes[entry.organisation], kinds[entry.kind])) for entry in ROSTER]
    for entry, agent in devices:
        install(entry, agent)
    if is_new:
        furnish(homes, {entry.name: agent for entry, agent in devices})
    return {
        "founded_ms": int(homes[TALLOW].created_at.timestamp() * 1000),
        "devices": [
            {"role": entry.role, "title": agent.title, "agent_id": str(agent.id), "token": token_of(agent, known)}
            for entry, agent in devices
            if entry.role and agent.archived_at is None
        ],
    }


def move_in() -> None:
    """The empty organisation that every new server has becomes the demo's: nobody needs an empty one beside it."""
    from django.db import transaction

    from doover_web.identity.models import Agent, Organisation

    with transaction.atomic():
        empty = Organisation.objects.exclude(agents__kind=Agent.Kind.DEVICE).filter(name=FIRST_ORGANISATION).first()
        if empty and not Organisation.objects.filter(name=TALLOW).exists():
            Organisation.objects.filter(pk=empty.pk).update(name=TALLOW)
            Agent.objects.filter(pk=empty.pk).update(name=TALLOW)
            empty.groups.filter(parent=None).update(name=TALLOW)


def organisation(name: str):
    from doover_web.identity.models import Organisation

    return Organisation.objects.filter(name=name).order_by("id").first() or Organisation.objects.found(name)


def admit_first_user(homes: dict) -> None:
    """Whoever can sign in first sees both organisations; in the second one as a guest."""
    from doover_web.identity.actions.member import add_member, grant_group_role
    from doover_web.identity.models import GroupRole, OrganisationRole, User

    person = User.objects.filter(is_superuser=True, is_active=True).order_by("id").first()
    if person is None:
        return
    for name, role in ((TALLOW, "Admin"), (NORTHWIND, "Member")):
        home = homes[name]
        if person.memberships.filter(organisation=home).exists():
            continue
        add_member(organisation=home, user=person, role=OrganisationRole.objects.built_in(role), by=None)
        if role == "Member":
            viewer = GroupRole.objects.built_in("Viewer")
            grant_group_role(group=home.root_group, user=person, role=viewer, by=None)


def device(entry: Entry, home, kind):
    """The device of its kind, in its group, with its place and its drawing; one that is there stays as people have made
    it."""
    from doover_web.control.actions.tunnel import open_tunnels
    from doover_web.control.models import Device
    from doover_web.identity.models import Agent, Group

    known = Agent.objects.filter(organisation=home, kind=Agent.Kind.DEVICE, name=entry.name).order_by("id").first()
    if known is not None:
        return known
    root = home.root_group
    group = Group.objects.filter(parent=root, name=entry.group).order_by("id").first() if entry.group else root
    group = group or Group.objects.create(organisation=home, parent=root, name=entry.group)
    made = Agent.objects.create(
        organisation=home, kind=Agent.Kind.DEVICE, name=entry.name, display_name=entry.title, group=group
    )
    latitude, longitude = entry.place or (None, None)
    Device.objects.create(agent=made, type=kind, fa_icon=entry.icon or None, latitude=latitude, longitude=longitude)
    open_tunnels(made)
    if entry.alarm:
        watch(made, entry.alarm)
    return made


def watch(agent, alarm: dict) -> None:
    """An alarm on what the device will say."""
    from doover_web.data.access import reach_agent
    from doover_web.data.actions.alarm import create_alarm
    from doover_web.data.publish import open_channel
    from doover_web.identity.auth import in_name_of

    reach = reach_agent(in_name_of(agent.organisation), agent.id)
    channel = alarm.get("channel", "tag_values")
    open_channel(reach=reach, name=channel)
    create_alarm(reach=reach, name=channel, body={key: one for key, one in alarm.items() if key != "channel"})


def install(entry: Entry, agent) -> None:
    """Install and deploy the device's applications once; later changes are people's."""
    from doover_web.control.models import AppInstall
    from doover_web.data.models import Channel
    from doover_web.deployments.actions.deployment import deploy
    from doover_web.deployments.carry import carry_out

    if Channel.objects.filter(agent_id=agent.id, name="deployment_config").exists():
        return
    for app in entry.apps:
        made, _ = AppInstall.objects.get_or_create(
            agent=agent,
            name=app.key,
            archived_at=None,
            defaults={
                "application": application(app, agent.organisation),
                "display_name": app.title,
                "deployment_config": {"interpreter_hidden": False, **app.config},
            },
        )
        # Its settings stand at once; that it runs the device itself says when it is switched on.
        carry_out(deploy(install=made, by=None).id)


def application(app: App, home):
    """The application that `app` is an install of, in the catalogue of the organisation."""
    from doover_web.control.models import Application

    name = f"{home.name.split()[0].lower()}_{app.key.rpartition('_')[0]}"
    settings = {key: {"type": "number", "title": _words(key), "default": value} for key, value in app.config.items()}
    known, _ = Application.objects.get_or_create(
        name=name,
        defaults={
            "organisation": home,
            "display_name": app.title,
            "description": f"{app.title}, as the demo's devices run it.",
            "type": Application.Type.DEVICE,
            "image_name": f"registry.example/{name}:1",
            "config_schema": {"type": "object", "properties": settings},
        },
    )
    return known


def _words(key: str) -> str:
    return key.removeprefix("dv_app_").replace("_", " ").capitalize()


def token_of(agent, known: dict[str, str]) -> str:
    """The token handed out before, or a new one in place of it."""
    from django.utils import timezone

    from doover_web.common.secrets import hash_secret
    from doover_web.identity.auth import issue_device_token
    from doover_web.identity.models import Token

    valid = Token.objects.valid().filter(agent=agent, kind=Token.Kind.DEVICE)
    text = known.get(str(agent.id), "")
    if text and valid.filter(secret_hash=hash_secret(text)).exists():
        return text
    valid.update(revoked_at=timezone.now())
    return issue_device_token(agent)


def prepare() -> Path:
    """Set up, and leave for the fleet what it has to know. Returns the file."""
    from django.conf import settings
    from django.db import connections

    place = Place(settings.DATA_DIR)
    file = place.folder / "fleet.json"
    known = {one["agent_id"]: one["token"] for one in read_json(file).get("devices", [])}
    # Devices on this machine take the short way; the name of the server goes along.
    where = {"url": place.last_url(), "host": urlsplit(settings.PUBLIC_URL).netloc}
    write_private(file, json.dumps(where | set_up(known), indent=1))
    connections.close_all()
    return file


def main() -> None:
    django.setup()
    file = prepare()
    environment = {name: os.environ[name] for name in FOR_A_PROGRAM if name in os.environ}
    argv = [sys.executable, "-m", "doover_web.standalone.fleet", str(file)]
    # The same process goes on without Django and its memory, so whoever started this still watches over it.
    os.execve(sys.executable, argv, environment)  # noqa: S606


if __name__ == "__main__":
    main()
