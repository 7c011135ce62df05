"""Commands at the page of a device."""

from doover_web.data.access import reach_agent
from doover_web.data.publish import post_message, update_aggregate
from doover_web.identity.auth import caller_of_token

from ..lines import DEVICE_PAGE, Lines, page

line = Lines()
COMMANDS = "/device/{pump}/commands/"
CONTROL = page(looker=403, admin=302)
WARNING = {"type": "uiWarningIndicator", "displayString": "Low tank"}
SLIDER = {"type": "uiSlider", "displayString": "Speed", "dualSlider": False}


def seed(world):
    """A control, and a command that nobody answered yet."""
    reach = reach_agent(caller_of_token(world.tokens["own"]), world.things["pump"].id)
    app = {"type": "uiApplication", "fullWidth": False, "children": {"speed": SLIDER, "low": WARNING}}
    update_aggregate(reach=reach, name="ui_state", data={"state": {"children": {"pump_1": app}}})
    data = {"type": "rpc", "app_key": "pump_1", "method": "speed", "request": 20, "status": {"code": "sent"}}
    world.add("command", post_message(reach=reach, name="ui_cmds", data=data).id, 1)


line("GET", COMMANDS, DEVICE_PAGE)
line("GET", COMMANDS + "?part=commands", DEVICE_PAGE)
# A command is open already, which is told on the page.
line("POST", COMMANDS, CONTROL, form={"app": "pump_1", "name": "speed", "value": "30"})
line("POST", COMMANDS + "{command}/retry/", CONTROL, form={})
line("POST", COMMANDS + "{command}/cancel/", CONTROL, form={})
# What a person saw is that person's own business.
line("POST", COMMANDS + "{command}/dismiss/", page(looker=302, admin=302), form={})
line("POST", "/device/{pump}/warnings/", CONTROL, form={"place": "pump_1/low"})
line("GET", "/device/{pump}/here/", DEVICE_PAGE)
