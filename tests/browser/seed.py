"""Run by `bin/manage shell` beside a server of the tests: the cast, and a device that has said something."""

import json
import sys
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

from django.conf import settings
from django.utils import timezone

from doover_web.common.secrets import hash_secret
from doover_web.common.snowflake import now_ms
from doover_web.control.models import AppInstall, Application
from doover_web.data.access import reach_agent
from doover_web.data.actions.alarm import create_alarm
from doover_web.data.publish import post_message, update_aggregate
from doover_web.identity.actions.application import register_application
from doover_web.identity.actions.credential import create_service, issue_client_secret, issue_token
from doover_web.identity.actions.group import create_group
from doover_web.identity.actions.member import add_member, grant_group_role
from doover_web.identity.actions.sharing import create_sharing_profile
from doover_web.identity.actions.token import create_personal_token
from doover_web.identity.auth import caller_of_user, issue_device_token
from doover_web.identity.models import Agent, GroupRole, Invitation, Organisation, OrganisationRole, User
from doover_web.processors.actions import put_trigger
from doover_web.processors.models import IngestionEndpoint

PASSWORD = "correct horse battery staple"
creek = Organisation.objects.found("Tallow Creek Water")
alice = User.objects.create_user("alice@example.com", PASSWORD, name="Alice Moreau")
bob = User.objects.create_user("bob@example.com", PASSWORD, name="Bob Tran")
# Whoever has a passkey is asked for it: nobody else signs in as her.
User.objects.create_user("petra@example.com", PASSWORD, name="Petra Lang")
add_member(organisation=creek, user=alice, role=OrganisationRole.objects.built_in("Admin"), by=None)
add_member(organisation=creek, user=bob, role=OrganisationRole.objects.built_in("Member"), by=None)
grant_group_role(group=creek.root_group, user=bob, role=GroupRole.objects.built_in("Viewer"), by=None)
pump = Agent.objects.create(kind="device", organisation=creek, name="pump-7", display_name="Pump 7")
at = reach_agent(caller_of_user(alice), pump.id)
connection = {
    "status": {"status": "ContinuousOnline", "last_online": now_ms(), "last_ping": now_ms()},
    "determination": "Online",
    "config": {"connection_type": "Continuous", "offline_after": 3600},
}
tags = {
    "tank_1": {"level_pct": 63.27, "serial": 9007199254740993, "last_read": now_ms(), "note": "<b>not bold</b>"},
    "pump_1": {"rpm": 1460, "10": "ten", "2": "two", "fault": None},
    "list_1": [{"a": 1}, {"a": 2}],
    "many": {f"key_{number:03d}": number for number in range(450)},
}
update_aggregate(reach=at, name="doover_connection", data=connection)
update_aggregate(reach=at, name="tag_values", data=tags, replace_all=True)
update_aggregate(reach=at, name="ui_state", data={})
for number in range(130):
    moment = now_ms() - (number + 1) * 60_000
    post_message(reach=at, name="tag_values", data={"tank_1": {"level_pct": number}}, ts=moment)

# Devices that are drawn from what real applications publish.
FIXTURES = Path(settings.BASE_DIR) / "tests" / "fixtures" / "ui"
drawn = {}
for fixture in sorted(FIXTURES.glob("*.json")):
    channels = json.loads(fixture.read_text()).get("channels")
    if not channels or "ui_state" not in channels:
        continue
    agent = Agent.objects.create(kind="device", organisation=creek, name=fixture.stem, display_name=fixture.stem)
    there = reach_agent(caller_of_user(alice), agent.id)
    if "07" not in fixture.stem:
        channels["doover_connection"] = connection
    for name in ("ui_state", "tag_values", "ui_cmds", "deployment_config", "doover_connection"):
        update_aggregate(reach=there, name=name, data=channels.get(name, {}), replace_all=True)
    drawn[fixture.stem[:2]] = {"id": str(agent.id), "token": issue_device_token(agent)}
gone = {"status": {"status": "ContinuousOffline", "last_online": now_ms() - 8_000_000}, "determination": "Offline"}
there = reach_agent(caller_of_user(alice), int(drawn["06"]["id"]))
update_aggregate(reach=there, name="doover_connection", data=gone, replace_all=True)

# A device that has said nothing yet.
mute = Agent.objects.create(kind="device", organisation=creek, name="mute", display_name="New gauge")
drawn["mute"] = {"id": str(mute.id), "token": issue_device_token(mute)}

# A device whose every name is meant to harm, and too long.
EVIL = "<img src=x onerror=alert(1)>\"'&{{ 7 }}\u202e" + "W" * 110
evil = Agent.objects.create(kind="device", organisation=creek, name=EVIL[:100], display_name=EVIL)
there = reach_agent(caller_of_user(alice), evil.id)
value = {"type": "uiVariable", "displayString": EVIL, "units": EVIL, "currentValue": "$tag.app().level:number"}
button = {"type": "uiButton", "displayString": EVIL, "currentValue": "$cmds.app().stop"}
switch = {"type": "uiSwitch", "displayString": EVIL, "currentValue": "$cmds.app().on"}
plot = {"type": "uiMultiPlot", "displayString": EVIL, "series": {EVIL: {"lookup": "$tag.app().level", "units": EVIL}}}
tree = {"type": "uiApplication", "displayString": EVIL, "children": {"a": value, "b": button, "c": switch, "d": plot}}
update_aggregate(reach=there, name="ui_state", data={"state": {"children": {"evil_1": tree}}})
update_aggregate(reach=there, name="tag_values", data={"evil_1": {"level": 3, EVIL: EVIL}})
post_message(reach=there, name="tag_values", data={"evil_1": {"level": 3}})
update_aggregate(reach=there, name="location", data={"lat": -27.5, "long": 152.9})
rule = {"name": EVIL, "key": "evil_1.level", "operator": "gt", "value": 1}
create_alarm(reach=there, name="tag_values", body=rule)
post_message(reach=there, name="notifications", data={"message": EVIL, "title": EVIL, "severity": 5})

# What the pages of account and organisation have to show.
User.objects.create_superuser("root@example.com", PASSWORD, name="Root Admin")
chief = caller_of_user(alice)
weir = create_group(parent=creek.root_group, name="Upper weir", by=None)
create_personal_token(user=alice, name="Reads the rain gauges", scope="read", days=30, by=None)
create_service(organisation=creek, name="Copies readings to the archive", group=weir, scope="read", by=chief)
issue_token(device=pump, name="Spare, in the drawer", by=chief)
issue_client_secret(device=pump, name="Gateway box", by=chief)
elsewhere = Organisation.objects.found("Upper Murray Irrigation")
loan = {"role": GroupRole.objects.built_in("Viewer"), "devices": [pump], "groups": [weir], "by": None}
create_sharing_profile(organisation=creek, taker=elsewhere, name="Pumps for the summer", **loan)
callback = "https://rain.example/callback"
application, _ = register_application(
    by=None,
    public=True,
    name="Rain Charts",
    addresses=[callback],
    grants=["authorization_code"],
    scopes=["openid", "email", "read", "offline_access"],
)
asked = {"response_type": "code", "client_id": application.id, "redirect_uri": callback, "scope": "openid read"}
asked |= {"code_challenge": "x" * 43, "code_challenge_method": "S256"}
invitation = "dvi_" + "x" * 43
kept = {"email": "new@example.com", "secret_hash": hash_secret(invitation), "invited_by": alice}
moment = {"last_invited": timezone.now(), "expires_at": timezone.now() + timedelta(days=7)}
Invitation.objects.create(organisation=creek, role=OrganisationRole.objects.built_in("Member"), **kept, **moment)
hook = Application.objects.create(organisation=creek, name="hook", display_name="Hook", type="INT")
integration = AppInstall.objects.create(agent=creek.agent, application=hook, name="hook_1", display_name="Hook")
door = {"app_key": "hook_1", "permissions": {}, "values": {}, "by": None}
put_trigger(IngestionEndpoint, host=creek.agent, trigger_id=71, **door)
names = {
    "integration": str(integration.id),
    "pump": str(pump.id),
    "evil": str(evil.id),
    "bob": str(bob.id),
    "group": str(weir.id),
    "client": application.id,
    "consent": "/oauth2/authorize?" + urlencode(asked),
    "invitation": f"/invitation/{invitation}/",
}
told = {"pump": str(pump.id), "token": issue_device_token(pump), "names": names, "drawn": drawn}
sys.stdout.write(json.dumps(told) + "\n")
