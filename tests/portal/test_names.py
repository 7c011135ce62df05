"""What people read of the values of a device says their names, as its page does, with units and precision."""

from datetime import UTC, datetime

import pytest

from doover_web.common.snowflake import now_ms
from doover_web.data.actions.alarm import create_alarm
from doover_web.data.publish import open_channel, post_message, update_aggregate
from doover_web.notifications.models import Notification
from doover_web.notifications.rules import drain_all
from portal.ui.naming import by_names, names_of
from portal.ui.tree import Documents, read_tree

LEVEL = {
    "type": "uiVariable",
    "varType": "float",
    "displayString": "Level",
    "units": "%",
    "decPrecision": 1,
    "currentValue": "$tag.app().level_pct:number",
}
SPEED = {"type": "uiSlider", "displayString": "Speed setpoint", "units": "Hz", "min": 0, "max": 50, "dualSlider": False}
MODE = {"type": "uiSelect", "displayString": "Mode", "options": {"auto": {"displayString": "By itself"}}}
TANK = {"type": "uiApplication", "displayString": "Main tank", "children": {"level": LEVEL}}
PUMP = {"type": "uiApplication", "children": {"speed": SPEED, "mode": MODE}}
PAGE = {"state": {"children": {"tank_1": TANK, "pump_1": PUMP}}}
CONFIG = {"applications": {"pump_1": {"APP_DISPLAY_NAME": "Bore pump"}}}
LOW = {"name": "Low", "key": "tank_1.level_pct", "operator": "lt", "value": 20}


@pytest.fixture
def drawn(alice, pump, reach):
    """Pump 7 with a page of two applications, one of them named by its configuration."""
    at = reach(alice, pump)
    update_aggregate(reach=at, name="ui_state", data=PAGE)
    update_aggregate(reach=at, name="deployment_config", data=CONFIG)
    update_aggregate(reach=at, name="tag_values", data={"tank_1": {"level_pct": 18.2345}}, log=True)
    return at


def asks(at, method, value, **more):
    data = {"type": "rpc", "app_key": "pump_1", "method": method, "request": value, "actor": {"name": "Ada"}, **more}
    return post_message(reach=at, name="ui_cmds", data=data)


def text(response):
    return response.content.decode().replace("\N{NO-BREAK SPACE}", " ")


def test_commands_are_told_as_the_page_calls_their_controls(browse, alice, pump, drawn):
    asks(drawn, "speed", 35, old_value=20)
    asks(drawn, "mode", "auto")
    log = {"type": "log", "app_key": "pump_1", "key": "speed", "value": 12}
    post_message(reach=drawn, name="ui_cmds", data=log, ts=now_ms() - 600_000)

    for address in (f"/device/{pump.id}/activity/", "/activity/", "/home/beside/"):
        shown = text(browse(alice).get(address))
        assert "Set Bore pump · Speed setpoint 20 → 35 Hz" in shown
        assert "Set Bore pump · Mode to By itself" in shown
        assert "Device set Bore pump · Speed setpoint to 12 Hz" in shown
        assert "pump_1" not in shown

    rows = b"".join(browse(alice).get("/activity/export.csv?kind=command").streaming_content).decode()
    assert "Set Bore pump · Speed setpoint 20 → 35 Hz" in rows
    assert "Bore pump" in rows
    assert "pump_1.speed" in rows


def test_what_is_sent_tells_of_values_by_their_names(alice, pump, drawn):
    create_alarm(reach=drawn, name="tag_values", body=LOW)

    drain_all()

    told = Notification.objects.get().message
    assert told == "Low: Main tank · Level < 20 % (Main tank · Level is 18.2 %)"


def test_an_override_renames_here_as_on_the_page(browse, alice, drawn):
    create_alarm(reach=drawn, name="tag_values", body=LOW)
    patch = {"op": "patch", "target": {"byName": "level"}, "changes": {"displayString": "Depth", "decPrecision": 0}}
    update_aggregate(reach=drawn, name="ui_overrides", data={"ops": [patch]})

    assert "Main tank · Depth &lt; 20 %" in text(browse(alice).get("/alarms/"))


def test_a_private_page_names_nothing_and_is_silent_all_the_same(browse, alice, pump, reach, drawn):
    quiet = {"state": {"children": {"pump_1": {**PUMP, "children": {"speed": {**SPEED, "showActivity": False}}}}}}
    update_aggregate(reach=drawn, name="ui_state", data=quiet)
    open_channel(reach=drawn, name="ui_state", settings={"is_private": True}, update=True)
    asks(drawn, "speed", 35)
    asks(drawn, "mode", "auto")

    shown = text(browse(alice).get("/activity/"))

    assert "Set mode to auto" in shown
    assert "speed" not in shown.split('class="dv-activity"')[1]


def test_a_chart_and_its_file_name_what_they_show(browse, alice, pump, drawn):
    asks(drawn, "speed", 35, old_value=20)
    address = f"/device/{pump.id}/chart/"

    page = text(browse(alice).get(f"{address}?s=tank_1.level_pct&range=1h"))
    file = b"".join(browse(alice).get(f"{address}export.csv?s=tank_1.level_pct&range=1h").streaming_content).decode()

    assert "Bore pump · Speed setpoint 20 → 35 Hz, Ada" in page
    assert file.splitlines()[0] == "Time,Main tank · Level (%) [tank_1.level_pct]"


def test_a_rehearsal_says_what_it_judged(browse, alice, pump, drawn):
    form = {"channel": "tag_values", "name": "Low", "type_0": "threshold", "key_0": "tank_1.level_pct"}
    form |= {"operator_0": "lt", "value_0": "20", "enabled": "on", "action": "alarm_rehearse"}

    assert "Main tank · Level &lt; 20 %" in text(browse(alice).post(f"/device/{pump.id}/alarms/", form))


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("tank_1.level_pct is 18.", "Main tank · Level is 18.0 %."),
        ("tank_1.level_pct < 95.0 (tank_1.level_pct is 47)", "Main tank · Level < 95 % (Main tank · Level is 47.0 %)"),
        ("tank_1.level_pct > 20000.25", "Main tank · Level > 20,000.25 %"),
        ("tank_1.level_pct changes by > -0.5 per second", "Main tank · Level changes by > −0.5 % per second"),
        ("tank_1.level_pct > tank_1.other + 2", "Main tank · Level > tank_1.other + 2"),
        ("tank_1.level_pct is missing", "Main tank · Level is missing"),
        ("no data (tank_1.level_pct, a.b)", "no data (Main tank · Level, a.b)"),
        ("see tank_1.level_pct.de and 1.2.3", "see tank_1.level_pct.de and 1.2.3"),
        ("a" * 200_000 + "!", "a" * 200_000 + "!"),
        ("a." * 100_000 + "!", "a." * 100_000 + "!"),
        ("tank_1.level_pct is 1e999", "Main tank · Level is 1e999"),
        (f"tank_1.level_pct is {'9' * 5000}", f"Main tank · Level is {'9' * 5000}"),
    ],
)
def test_sentences_of_every_kind(said, told):
    names = names_of(read_tree(Documents(PAGE, config=CONFIG)))

    assert by_names(names.values, said, datetime.now(UTC)) == told


def test_names_are_read_once_for_each_state_of_a_page(browse, alice, drawn, statements):
    page = browse(alice)
    asks(drawn, "speed", 35)
    page.get("/activity/")
    warm = statements(lambda: page.get("/activity/"))
    update_aggregate(reach=drawn, name="ui_state", data={"state": {"children": {"pump_1": {"displayString": "Well"}}}})

    assert statements(lambda: page.get("/activity/")) == warm + 1
    assert "Set Well · Speed setpoint to 35 Hz" in text(page.get("/activity/"))
    assert statements(lambda: page.get("/activity/")) == warm
