"""The Data API, under /api/."""

from doover_web.data.models import CsvImport
from doover_web.gateway.models import Connection

from ..lines import NO_SUCH, READS, WRITES, Lines, api

line = Lines()


def _outcome(answer: dict) -> int:
    """A batch says in words what became of its one item."""
    [item] = answer["items"]
    return 200 if item["success"] else 404 if "not found" in item["error"] else 403


HERE = "/api/agents/{pump}/channels"

line("GET", HERE, READS)
line("GET", HERE + "/level", READS)
line("GET", HERE + "/{hidden}", READS, looker=404)
line("POST", HERE + "/fresh", WRITES, body={})
line("PUT", HERE + "/level", WRITES, body={"is_private": True})
line("POST", HERE + "/level/archive", WRITES)
line("POST", HERE + "/level/unarchive", WRITES)
line("GET", HERE + "/level/messages", READS)
line("GET", HERE + "/level/messages/{message}", READS)
line("POST", HERE + "/level/messages", WRITES, body={"data": 1})
line("POST", HERE + "/{hidden}/messages", WRITES, body={"data": 1})
line("POST", HERE + "/deployment_config/messages", WRITES, body={"data": 1}, own=403)
line("POST", HERE + "/level/messages/250024612350618384", WRITES, body={"data": 1})
line("PATCH", HERE + "/level/messages/{message}", WRITES, body={"data": 1})
line("PUT", HERE + "/level/messages/{message}", WRITES, body={"data": 1})
line("DELETE", HERE + "/level/messages/{message}", WRITES)
line("DELETE", HERE + "/{hidden}/messages/{hidden_message}", WRITES)
line("POST", HERE + "/{hidden}/archive", WRITES)
line("PUT", HERE + "/{hidden}", WRITES, body={})
line("GET", HERE + "/level/messages/timeseries?field_name=note", READS)
line("GET", HERE + "/{hidden}/messages/timeseries?field_name=key", READS, looker=404)
line("GET", "/api/agents/{pump}/data_series?field_name=note&field_name=key", READS)
line("GET", HERE + "/level/series?path=metres&after=0&before=1", READS)
line("GET", HERE + "/level/states?path=note&after=0&before=1", READS)
line("GET", HERE + "/{hidden}/states?path=key&after=0&before=1", READS, looker=404)
line("GET", HERE + "/{hidden}/series?path=metres&after=0&before=1", READS, looker=404)
line("GET", HERE + "/level/csv", READS)
line("GET", HERE + "/{hidden}/csv", READS, looker=404)
# The body is no table; whoever may write is told so.
line("POST", HERE + "/level/csv", api(looker=403, narrow=403, admin=400, own=400), body={})
line("GET", HERE + "/level/csv/{import}", WRITES)
line("GET", HERE + "/level/aggregate", READS)
line("GET", HERE + "/{hidden}/aggregate", READS, looker=404)
line("PATCH", HERE + "/level/aggregate", WRITES, body={"a": 1})
line("PUT", HERE + "/level/aggregate", WRITES, body={"a": 1})
line("PUT", HERE + "/{hidden}/aggregate", WRITES, body={"a": 1})

# Many changes in one request: each item is answered by itself.
ITEM = {"agent_id": "{pump}", "channel_name": "level", "data": {"a": 1}}
KEPT = {**ITEM, "message_id": "{message}"}
_batches = (
    ("POST", "/api/agents/messages", ITEM),
    ("PATCH", "/api/agents/messages", KEPT),
    ("PUT", "/api/agents/messages", KEPT),
    ("DELETE", "/api/agents/messages", KEPT),
    ("PATCH", "/api/agents/aggregates", ITEM),
)
for method, path, item in _batches:
    line(method, path, WRITES, body={"items": [item]}, outcome=_outcome)

# Many agents at once: whoever comes with a good token is answered, and told only of those that it may see.
MANY = api(stranger=200, bare=200, neighbour=200)
line("GET", "/api/agents/channels/level/messages?agent_id={pump}", MANY)
line("GET", "/api/agents/channels/level/aggregates?agent_id={pump}", MANY)

# Everybody's own address.
line("GET", "/api/agents/me/channels", READS, stranger=200, bare=200, neighbour=200)
# The organisation's own agent: its members see it, its devices and strangers do not.
line("GET", "/api/agents/{creek}/channels", READS, bare=200, own=404)

OTHERS = api(looker=403, narrow=403, admin=403, root=403)
line("POST", "/api/agents/{pump}/token/rotate", OTHERS, stranger=403, bare=403, neighbour=403)
line("POST", "/api/agents/{pump}/token/confirm", OTHERS, stranger=403, bare=403, neighbour=403)
line("GET", "/api/agents/{pump}/permissions", OTHERS, root=200)
line("GET", "/api/agents/{pump}/permissions/debug", OTHERS, root=200)
SUPERUSERS = api(stranger=403, bare=403, looker=403, narrow=403, admin=403, own=403, neighbour=403, root=200)
line("POST", "/api/permissions/sync", SUPERUSERS, body={"agent_permissions": [{"agent_id": "{pump}"}]})

line("GET", "/api/agents/{pump}/wss_connections", READS)
line("GET", "/api/agents/{pump}/wss_connections/history", READS)
line("GET", "/api/agents/{pump}/wss_connections/subscriptions/history", READS)
line("GET", "/api/connections/{connection}", READS)
line("GET", HERE + "/level/subscriptions", READS)
line("GET", HERE + "/{hidden}/subscriptions", READS, looker=404)
line("POST", "/api/agents/{pump}/connection_sync", WRITES)
# Nobody has set up TURN servers here, and only who may use them is told so.
CAMERA = {"role": "client", "camera_name": "yard", "device_id": "{pump}"}
line("POST", "/api/turn/token", WRITES, body=CAMERA, admin=404, browser=404, own=404, root=404, forged=403)

line("GET", "/api", NO_SUCH)
line("GET", "/api/", NO_SUCH)
line("GET", "/api/nowhere", NO_SUCH)
line("POST", "/api/nowhere", NO_SUCH)


def seed(world) -> None:
    """An open session of the device, and a CSV file that came into a channel."""
    pump = world.things["pump"]
    job = CsvImport.objects.create(agent_id=pump.id, channel="level", author_id=1, content=b"", rows=0, status="done")
    world.add("import", job.pk)
    known = {"process_id": 1, "attached_at": 0, "address": "203.0.113.7"}
    world.add("connection", Connection.objects.create(agent_id=world.things["pump"].id, id=4711, **known).id)
