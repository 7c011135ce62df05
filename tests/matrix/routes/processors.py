"""Functions in the cloud: registering them, exchanging their tokens, calling them from outside."""

from doover_web.processors.actions import put_trigger
from doover_web.processors.models import IngestionEndpoint, Schedule, Subscription

from ..lines import Lines, api

line = Lines()
HERE = "/api/agents/{pump}/processors"
BODY = {"app_key": "amber_app", "permissions": [{"permission_id": "ag:{pump}", "permission": "1099511627774"}]}
SUBSCRIPTION = {**BODY, "subscription_arn": "arn:amber"}
# Whoever may configure the device; the device does not decide what runs on it.
REGISTERS = api(looker=403, narrow=403, own=403)
# These are opened by a token of their own, which none of the callers has.
CLOSED = api(stranger=404, bare=404, looker=404, narrow=404, admin=404, own=404)
CALLS = api(looker=403, narrow=403)


def seed(world):
    """A function of the pump with one of each that starts it."""
    values = {"subscriptions": {"arn": "arn:amber"}}
    kinds = {"schedules": Schedule, "subscriptions": Subscription, "ingestions": IngestionEndpoint}
    for number, (name, model) in enumerate(kinds.items(), start=7001):
        made = {"app_key": "amber_app", "permissions": {}, "values": values.get(name, {}), "by": None}
        put_trigger(model, host=world.things["pump"], trigger_id=number, **made)
        world.add(name, number)
    world.device_secrets.append("amber_app")
    world.secrets.append("amber_app")


line("PUT", HERE + "/schedules/{schedules}", REGISTERS, body=BODY)
line("POST", HERE + "/schedules/{schedules}/token", REGISTERS)
line("DELETE", HERE + "/schedules/{schedules}", REGISTERS)
line("PUT", HERE + "/subscriptions/{subscriptions}", REGISTERS, body=SUBSCRIPTION)
line("DELETE", HERE + "/subscriptions/{subscriptions}", REGISTERS)
line("PUT", HERE + "/ingestions/{ingestions}", REGISTERS, body=BODY)
line("DELETE", HERE + "/ingestions/{ingestions}", REGISTERS)
line("GET", "/api/processors/schedules/{schedules}", CLOSED)
line("GET", "/api/processors/schedules/{schedules}/info", CLOSED)
line("GET", "/api/processors/subscriptions/{subscriptions}", CLOSED)
line("GET", "/api/processors/subscriptions/{subscriptions}/info", CLOSED)
line("POST", HERE + "/ingestions/{ingestions}/invoke", CALLS, body={"level": 3})
line("POST", "/api/ingest/{ingestions}", CALLS, body={"level": 3})
line("POST", "/api/ingest/{ingestions}/", CALLS, body={"level": 3})
line("POST", "/api/ingest/{ingestions}/sim/8961", CALLS, body={"level": 3})
