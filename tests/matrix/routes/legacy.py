"""The first-generation API: a bad credential is 403 there, and a browser's session counts for nothing."""

from doover_web.control.models import Application, Tunnel
from doover_web.data.models import Channel

from ..lines import NO_SUCH, OPEN, Lines, api, everybody

line = Lines()
SHUT = {"nobody": 403, "revoked": 403, "expired": 403, "browser": 403, "forged": 403}
READS = api().but(**SHUT)
WRITES = api(looker=403, narrow=403).but(**SHUT)
LISTS = api(stranger=200, bare=200, neighbour=200).but(**SHUT)
# Keys cannot be guessed: at one, what may not be seen is denied.
BY_KEY = api(stranger=403, bare=403, neighbour=403).but(**SHUT)
TUNNELS = api(looker=403, narrow=403).but(**SHUT)
# Whoever belongs to the organisation that owns an application.
CATALOGUE = api(bare=200, own=404).but(**SHUT)
PUBLISHERS = api(stranger=404, bare=403, looker=403, narrow=403, own=404).but(**SHUT)
TOLD = ("looker", "narrow", "admin", "own", "root")
OLD = "/ch/v1"


def seed(world):
    pump = world.things["pump"]
    level = Channel.objects.get(agent_id=pump.id, name="level")
    world.add("level_key", level.key, "00000000-0000-4000-8000-000000000001")
    tunnel = Tunnel.objects.create(device=pump, name="amber-tunnel", hostname="127.0.0.1", port=22)
    world.add("tunnel", tunnel.id)
    application = Application.objects.create(
        organisation=world.things["creek"], name="amber_catalogue", display_name="Amber", type="DEV"
    )
    world.add("catalogue", application.key, "00000000-0000-4000-8000-000000000002")
    world.secrets.append("amber_catalogue")
    world.device_secrets.append("amber-tunnel")


def read(path, answers, **options):
    for method in ("GET", "HEAD"):
        line(method, path, answers, **options)


for end in ("", "/"):
    read(f"{OLD}/get_temp_token{end}", everybody(403, by_token=True, browser=200, forged=200))
    # A neighbour is told of itself, in words that are secrets elsewhere.
    read(f"{OLD}/list_agents{end}", LISTS, public=True)
    read(f"{OLD}/agent/{{pump}}{end}", READS)
    read(f"{OLD}/agent/{{pump}}/level{end}", READS)
    read(f"{OLD}/agent/{{pump_key}}/level{end}", BY_KEY)
    # A name with a slash, which nobody could address.
    read(f"{OLD}/agent/{{pump}}/a/b{end}", everybody(404, by_token=True).but(**SHUT))
    line("POST", f"{OLD}/agent/{{pump}}/a/b{end}", WRITES, **dict.fromkeys(TOLD, 400))
    line("POST", f"{OLD}/agent/{{pump}}/level{end}", WRITES, body={"msg": {"a": 1}, "record_log": True})
    read(f"{OLD}/agent/{{pump}}/level/messages{end}", READS)
    read(f"{OLD}/agent/{{pump}}/level/messages/3{end}", READS)
    read(f"{OLD}/agent/{{pump}}/level/messages/time/0/2000000000{end}", READS)
    read(f"{OLD}/channel/{{level_key}}{end}", BY_KEY)
    line("POST", f"{OLD}/channel/{{level_key}}{end}", BY_KEY, body={"msg": {}}, looker=403, narrow=403)
    line(
        "POST",
        f"{OLD}/channel/{{level_key}}/subscribe{end}",
        BY_KEY,
        body={"channel_id": "x", "subscribe": True},
        looker=400,
        narrow=400,
        admin=400,
        own=400,
        root=400,
    )
    read(f"{OLD}/channel/{{level_key}}/messages{end}", BY_KEY)
    read(f"{OLD}/channel/{{level_key}}/messages/3{end}", BY_KEY)
    read(f"{OLD}/channel/{{level_key}}/messages/time/0/2000000000{end}", BY_KEY)
    read(f"{OLD}/channel/{{level_key}}/messages/export.csv{end}", BY_KEY)
    read(f"{OLD}/channel/{{level_key}}/message/{{message}}{end}", BY_KEY)
    line("DELETE", f"{OLD}/channel/{{level_key}}/message/{{message}}{end}", BY_KEY, looker=403, narrow=403)
    read(f"{OLD}/agent/{{pump}}/dd_tunnels{end}", TUNNELS)
    line("POST", f"{OLD}/agent/{{pump}}/dd_tunnels{end}", TUNNELS, body={"port": 80})
    read(f"{OLD}/agent/{{pump}}/ngrok_tunnels/tcp{end}", TUNNELS)
    line("POST", f"{OLD}/agent/{{pump}}/ngrok_tunnels/tcp{end}", TUNNELS, admin=400, own=400, root=400)
    read(f"{OLD}/tunnels/{{tunnel}}{end}", TUNNELS)
    line("PATCH", f"{OLD}/tunnels/{{tunnel}}{end}", TUNNELS, body={"name": "renamed"})
    line("DELETE", f"{OLD}/tunnels/{{tunnel}}{end}", TUNNELS)
    line("POST", f"{OLD}/tunnels/{{tunnel}}/activate{end}", TUNNELS, admin=409, own=409, root=409)
    line("POST", f"{OLD}/tunnels/{{tunnel}}/deactivate{end}", TUNNELS)
    read(f"/apps/api/v1/applications{end}", LISTS)
    line(
        "POST",
        f"/apps/api/v1/applications{end}",
        LISTS,
        body={"name": "new_one", "type": "DEV"},
        bare=403,
        looker=403,
        narrow=403,
        own=403,
        neighbour=403,
        root=400,
    )
    read(f"/apps/api/v1/applications/{{catalogue}}{end}", CATALOGUE)
    line("PATCH", f"/apps/api/v1/applications/{{catalogue}}{end}", PUBLISHERS, body={"description": "other"})

line("GET", "/ch/v1", NO_SUCH)
line("GET", "/ch/v1/nowhere", NO_SUCH)
line("POST", "/apps/api/v1/nowhere", NO_SUCH)
line("GET", "/openapi/legacy.json", OPEN)
