"""What controls were set to, on a chart and in its file."""

import pytest

from doover_web.common.snowflake import now_ms
from doover_web.data.models import Channel
from doover_web.data.publish import post_message, update_aggregate

MINUTE = 60_000


def text(response):
    return response.content.decode()


SET = {
    "speed": {
        "type": "uiVariable",
        "displayString": "Wanted speed",
        "currentValue": "$cmds.app().speed",
        "units": "Hz",
    },
    "both": {
        "type": "uiMultiPlot",
        "displayString": "Wanted and real",
        "series": {
            "wanted": {
                "displayString": "Wanted",
                "lookup": "$cmds.app().speed:number",
                "dataType": "number",
                "units": "Hz",
            },
            "real": {"displayString": "Real", "lookup": "$tag.app().rpm:number", "dataType": "number"},
        },
    },
    "run": {"type": "uiSwitch", "displayString": "Run", "currentValue": "$cmds.app().run"},
}


@pytest.fixture
def motor(alice, pump, reach):
    """A pump that was set to 20, then 35, beside commands and what other applications were set to."""
    at = reach(alice, pump)

    def kept(minutes, **data):
        post_message(reach=at, name="ui_cmds", data=data, ts=now_ms() - minutes * MINUTE)

    kept(50, type="log", app_key="pump_1", key="speed", value=20)
    kept(40, type="log", app_key="other_1", key="speed", value=99)
    kept(31, type="rpc", app_key="pump_1", method="speed", request=35, status={"code": "success"})
    kept(30, type="log", app_key="pump_1", key="speed", value=35)
    kept(20, type="log", app_key="pump_1", key="run", value=True)
    post_message(reach=at, name="tag_values", data={"pump_1": {"rpm": 900}}, ts=now_ms() - 10 * MINUTE)
    update_aggregate(reach=at, name="ui_cmds", data={"pump_1": {"speed": 35, "run": True}})
    update_aggregate(reach=at, name="tag_values", data={"pump_1": {"rpm": 950}})
    page = {"state": {"children": {"pump_1": {"type": "uiApplication", "children": SET}}}}
    update_aggregate(reach=at, name="ui_state", data=page)
    return f"/device/{pump.id}/chart/"


def test_what_a_control_was_set_to_is_drawn_in_steps(browse, bob, motor, pump):
    client = browse(bob)
    data = client.get(motor + "?plot=pump_1.both&range=1h&part=data").json()

    wanted, real = data["lines"]
    assert (wanted["path"], real["path"]) == ("$cmds.pump_1.speed", "pump_1.rpm")
    assert wanted["mean"] == [20, 20, 35, 35]  # no slope from one to the other
    assert wanted["times"][2] - wanted["times"][1] == 1
    assert "35 Hz" in data["legend"]
    page = text(client.get(f"/device/{pump.id}/"))
    assert "s=%24cmds.pump_1.speed" in page
    assert "Wanted and real over time" in page


def test_a_switch_is_a_strip_and_no_alarm_is_offered_on_it(browse, alice, motor):
    page = text(browse(alice).get(motor + "?s=$cmds.pump_1.run&range=1h"))

    assert 'class="dv-chart-strip" data-path="$cmds.pump_1.run"' in page
    assert ">On</b>" in page
    assert "Make an alarm for" not in page
    assert '<option value="$cmds.pump_1.speed">' in page


def test_the_file_has_what_was_set_in_the_order_of_time(browse, bob, motor):
    response = browse(bob).get(motor + "export.csv?plot=pump_1.both&range=1h")
    rows = b"".join(response.streaming_content).decode().splitlines()

    assert [row.split(",", 1)[1] for row in rows[1:]] == ["20,", "35,", ",900"]


def test_settings_of_a_private_channel_are_not_drawn(browse, alice, bob, motor, pump):
    Channel.objects.filter(agent_id=pump.id, name="ui_cmds").update(is_private=True)

    assert browse(bob).get(motor + "?s=$cmds.pump_1.speed&range=1h&part=data").json()["lines"] == []
    rows = b"".join(browse(bob).get(motor + "export.csv?s=$cmds.pump_1.speed&range=1h").streaming_content)
    assert b"35" not in rows
