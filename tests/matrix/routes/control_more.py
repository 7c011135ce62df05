"""What hangs on organisations and devices beside the fleet: integrations, reports, tunnels, in the Control API."""

from doover_web.control import fleet_report
from doover_web.control.models import AppInstall, Application, Tunnel

from ..lines import Lines, api

line = Lines()
LISTS = api(stranger=200, bare=200, own=200, neighbour=200)
MEMBERS = api(bare=200, own=404)
MANAGES = api(bare=403, looker=403, narrow=403, own=404)
GOES = {"admin": 204, "browser": 204, "root": 204}
# A superuser has to name the organisation.
NAMES_NONE = {"admin": 201, "browser": 201, "root": 403}
MADE = {"admin": 201, "browser": 201, "root": 201}


def seed(world):
    """An integration, the schedule of a report, and a tunnel."""
    creek = world.things["creek"]
    hook = Application.objects.create(
        organisation=creek, name="amber_hook", display_name="amber-hook", type="INT", allow_many=True
    )
    made = AppInstall.objects.create(
        agent=creek.agent, application=hook, name="amber_hook_1", display_name="amber-hook"
    )
    scheduled = AppInstall.objects.create(
        agent=creek.agent, application=fleet_report.generator(), name="amber_report_1", display_name="amber-monthly"
    )
    tunnel = Tunnel.objects.create(device=world.things["pump"], name="amber-ssh", hostname="127.0.0.1", port=22)
    world.add("hook", hook.id)
    world.add("integration", made.id)
    world.add("generator", fleet_report.generator().id)
    world.add("schedule", scheduled.id)
    world.add("tunnel", tunnel.id)
    world.secrets += ["amber-hook", "amber-monthly"]
    world.device_secrets.append("amber-ssh")


# Integrations and schedules of reports.
for place, name, application in (
    ("integrations", "integration", "hook"),
    ("reports/schedules", "schedule", "generator"),
):
    one, whole = (
        f"/{place}/{{{name}}}/",
        {"name": "amber_more", "display_name": "More", "application_id": f"{{{application}}}"},
    )
    line("GET", f"/{place}/", LISTS, guest=200)
    line("GET", one, MEMBERS, guest=404)
    for method in ("PUT", "PATCH"):
        line(method, one, MANAGES, body=whole, guest=404)
    line("DELETE", one, MANAGES, **GOES, guest=404)
    for verb in ("archive/", "unarchive/"):
        line("POST", one + verb, MANAGES, guest=404)
hook = {"name": "amber_more", "display_name": "More", "application_id": "{hook}"}
line(
    "POST",
    "/integrations/",
    api(stranger=400, bare=403, looker=403, narrow=403, own=400, neighbour=400),
    body=hook,
    guest=400,
    **NAMES_NONE,
)
line("POST", "/integrations/{integration}/sync_config_profiles/", MANAGES, body={})
generator = {"name": "amber_more", "display_name": "More", "application_id": "{generator}"}
SCHEDULES = api(stranger=201, bare=403, looker=403, narrow=403, own=404, neighbour=404)
line("POST", "/reports/schedules/", SCHEDULES, body=generator, **NAMES_NONE)

# Reports, of the organisation that is named or the only one; a superuser names it.
line("GET", "/reports/", api(stranger=200, bare=200, own=404, root=404), guest=404)
line("GET", "/reports/{report}/", MEMBERS, root=404, guest=404)
report = {
    "config": {},
    "report_generator_id": "{generator}",
    "period_start": 1760000000000,
    "period_end": 1760000001000,
}
line(
    "POST", "/reports/", api(stranger=200, bare=403, looker=403, narrow=403, own=404, root=404), body=report, guest=404
)
line("DELETE", "/reports/{report}/", MANAGES, **GOES | {"root": 404}, guest=404)

# Tunnels; a device may use its own.
USES = api(looker=404, narrow=404)
SSH = {"name": "amber-more", "hostname": "127.0.0.1", "port": 80, "protocol": "tcp"}
line("GET", "/tunnels/", LISTS)
OPENS = api(stranger=400, bare=400, looker=403, narrow=403, own=201, neighbour=400)
line("POST", "/tunnels/", OPENS, body={**SSH, "device_id": "{pump}"}, **MADE)
line("GET", "/devices/{pump}/tunnels/", api())
line("POST", "/devices/{pump}/tunnels/", api(looker=403, narrow=403), body=SSH, own=201, **MADE)
for one in ("/tunnels/{tunnel}/", "/devices/{pump}/tunnels/{tunnel}/"):
    line("GET", one, USES)
    for method in ("PUT", "PATCH"):
        line(method, one, USES, body=SSH)
    line("DELETE", one, USES, own=204, **GOES)
    line("POST", one + "activate/", USES, admin=409, browser=409, root=409, own=409)
    line("POST", one + "deactivate/", USES)

# The same as the tunnel client asks for them; nothing here relays its sessions.
HERE = "/api/agents/{pump}/tunnels"
line("POST", HERE, api(looker=403, narrow=403), body=SSH)
line("POST", HERE + "/{tunnel}/sessions", api(looker=403, narrow=403, admin=409, root=409, own=409), body={})
line("DELETE", HERE + "/{tunnel}/sessions/5", api(looker=403, narrow=403, admin=404, root=404, own=404))
