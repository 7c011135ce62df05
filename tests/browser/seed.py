"""Run by `bin/manage shell` beside a server of the tests: the cast, and a device that has said something."""

import json
import sys

from doover_web.common.snowflake import now_ms
from doover_web.data.access import reach_agent
from doover_web.data.publish import post_message, update_aggregate
from doover_web.identity.actions.member import add_member, grant_group_role
from doover_web.identity.auth import caller_of_user, issue_device_token
from doover_web.identity.models import Agent, GroupRole, Organisation, OrganisationRole, User

PASSWORD = "correct horse battery staple"
creek = Organisation.objects.found("Tallow Creek Water")
alice = User.objects.create_user("alice@example.com", PASSWORD, name="Alice Moreau")
bob = User.objects.create_user("bob@example.com", PASSWORD, name="Bob Tran")
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
sys.stdout.write(json.dumps({"pump": str(pump.id), "token": issue_device_token(pump)}) + "\n")
