"""What a newcomer finds beside the demo's devices: types, a fence, a dashboard, a report by the clock, a tunnel.

Made once, when the demo's first devices are; what people change or remove stays so.
"""

from doover_web.standalone.fleet.camera import CHANNEL, Camera
from doover_web.standalone.fleet.roster import KINDS, TALLOW

YARD = {"type": "circle", "lat": -27.5808, "long": 152.4315, "radius": 250.0}
PUMP, CAMERA = "pump-7", "yard-camera"
# Kind, title, device, path, units, decimals, from, to.
TILES = (
    ("gauge", "Main tank", PUMP, "tank_1.level_pct", "%", 1, 0.0, 100.0),
    ("chart", "Flow", PUMP, "pump_1.flow", "L/s", 2, None, None),
    ("value", "Battery on the hill", "hilltop-solar", "solar_1.battery_pct", "%", 1, None, None),
    ("value", "Rain today", "creek-weather", "weather_1.rain_today", "mm", 1, None, None),
    ("alarms", "Alarms of Pump 7", PUMP, "", "", None, None, None),
    ("camera", "Yard", CAMERA, "", "", None, None, None),
    ("map", "Where Pump 7 is", PUMP, "", "", None, None, None),
)
NOTE = "Who is on call looks here first. The tank is full at 100 %, and the pump starts by itself at 30 %."


def types(homes: dict) -> dict:
    """The types of the demo's devices by name."""
    from doover_web.control.models import DeviceType

    found = {}
    for kind in KINDS:
        told = {"default_icon": kind.icon, "description": kind.description, "key_values": kind.shows}
        named = {"organisation": homes[kind.organisation], "name": kind.name}
        found[kind.name] = DeviceType.objects.filter(**named).order_by("id").first() or DeviceType.objects.create(
            **named, **told
        )
    return found


def furnish(homes: dict, devices: dict) -> None:
    """Everything else, in the name of whoever can sign in first; nothing without such a person. `devices` by name."""
    from doover_web.identity.auth import caller_of_user
    from doover_web.identity.models import User

    person = User.objects.filter(is_superuser=True, is_active=True).order_by("id").first()
    if person is None:
        return
    by, home = caller_of_user(person), homes[TALLOW]
    _dashboard(home, devices, by)
    _fence(devices[CAMERA], by)
    _report(home, by)
    _tunnel(devices[PUMP], by)
    _hear(person, home)


def _dashboard(home, devices: dict, by) -> None:
    from doover_web.control.actions.dashboard import add_tile, create_dashboard

    _draw_camera(devices[CAMERA], home)
    board = create_dashboard(group=home.root_group, title="On call", by=by)
    for kind, title, device, path, units, decimals, low, high in TILES:
        tile = {"kind": kind, "title": title, "device": devices[device], "path": path, "units": units}
        more = {"decimals": decimals, "low": low, "high": high, "camera": CHANNEL}
        add_tile(dashboard=board, tile={**tile, **more}, by=by)
    add_tile(dashboard=board, tile={"kind": "text", "title": "On call", "text": NOTE}, by=by)


def _draw_camera(agent, home) -> None:
    """Its page as the device itself will publish it: a tile shows a camera that is on one."""
    from doover_web.data.access import reach_agent
    from doover_web.data.publish import update_aggregate
    from doover_web.identity.auth import in_name_of

    page = {"state": {"children": Camera().trees()}}
    update_aggregate(reach=reach_agent(in_name_of(home), agent.id), name="ui_state", data=page)


def _fence(camera, by) -> None:
    """Around the yard: an alarm is on once its camera is carried away, so it is there to be seen and is off."""
    from doover_web.fences.actions.fence import create_fence

    fields = {"name": "Depot yard", "shape": YARD, "margin": 25, "severity": 6, "alarm_while": "outside"}
    create_fence(place=camera, fields={**fields, "tells_entry": True, "tells_exit": True, "is_enabled": True}, by=by)


def _report(home, by) -> None:
    from doover_web.control.actions.on_organisation import create_and_deploy
    from doover_web.control.fleet_report import generator

    config = {"dv_proc_schedules": "cron(0 7 * * 1)", "dv_proc_timezone": "Australia/Brisbane"}
    fields = {"display_name": "Week in figures", "deployment_config": config}
    create_and_deploy(organisation=home, application=generator(), fields=fields, by=by)


def _tunnel(pump, by) -> None:
    """To the page that the pump serves by itself: one click opens it."""
    from doover_web.control.actions.tunnel import create_tunnel

    fields = {"name": "Pump's page", "hostname": "127.0.0.1", "port": 80, "protocol": "http", "is_favourite": True}
    create_tunnel(device=pump, fields=fields, by=by)


def _hear(person, home) -> None:
    from doover_web.notifications.actions.subscription import subscribe

    subscribe(subscriber=person.agent, to=home.agent, endpoint=None, severity="Info")
