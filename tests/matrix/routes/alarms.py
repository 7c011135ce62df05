"""The alarms of the Data API."""

from doover_web.data.access import reach_agent
from doover_web.data.actions.alarm import create_alarm
from doover_web.identity.auth import caller_of_token

from ..lines import READS, WRITES, Lines

line = Lines()
ALARMS = "/api/agents/{pump}/channels/level/alarms"
HIDDEN = "/api/agents/{pump}/channels/{hidden}/alarms"
BODY = {"name": "Too hot", "key": "temperature", "operator": "gt", "value": 30}


def seed(world) -> None:
    reach = reach_agent(caller_of_token(world.tokens["own"]), world.things["pump"].id)
    for channel, name in (("level", "alarm"), ("hidden", "hidden_alarm")):
        made = create_alarm(reach=reach, name=channel, body={**BODY, "name": "kestrel is hot"})
        world.add(name, made["id"])


line("GET", "/api/agents/{pump}/alarms", READS)
line("GET", ALARMS, READS)
line("POST", ALARMS, WRITES, body=BODY)
line("GET", ALARMS + "/{alarm}", READS)
line("PUT", ALARMS + "/{alarm}", WRITES, body=BODY)
line("PATCH", ALARMS + "/{alarm}", WRITES, body={"value": 40})
line("DELETE", ALARMS + "/{alarm}", WRITES)
line("GET", HIDDEN, READS, looker=404)
line("POST", HIDDEN, WRITES, body=BODY, looker=404)
line("DELETE", HIDDEN + "/{hidden_alarm}", WRITES, looker=404)
