"""`ui_cmds`: under `cmds` for old programs, without for newer applications."""

import pytest

from doover_web.control.models import AppInstall, Application
from doover_web.data.publish import post_message, update_aggregate

pytestmark = pytest.mark.django_db


@pytest.fixture
def newer(creek, pump):
    """Pump 7 runs an application of the newer kind."""
    application = Application.objects.create(organisation=creek, name="pump", display_name="Pump", type="DEV")
    return AppInstall.objects.create(agent=pump, application=application, name="pump_1", display_name="Pump")


@pytest.fixture
def stored(api, alice, pump):
    return lambda: api(alice).get(f"/api/agents/{pump.id}/channels/ui_cmds/aggregate").json()["data"]


def test_what_old_programs_say_to_newer_applications(newer, old, at_pump, stored, history, at):
    old.post(at_pump("ui_cmds"), {"msg": {"cmds": {"pump_1": {"setpoint": 4}}}, "record_log": True})
    update_aggregate(reach=at, name="ui_cmds", data={"pump_1": {"mode": "off"}})
    post_message(reach=at, name="ui_cmds", data={"type": "log"})

    assert stored() == {"pump_1": {"setpoint": 4, "mode": "off"}}
    shown = old.get(at_pump("ui_cmds")).json()["aggregate"]["payload"]
    assert shown == {"cmds": {"pump_1": {"setpoint": 4, "mode": "off"}}}
    assert [one["payload"] for one in history("ui_cmds")] == [
        {"cmds": {"type": "log"}},
        {"cmds": {"pump_1": {"setpoint": 4}}},
    ]


def test_among_old_programs_it_stays_as_it_is(old, at_pump, stored):
    for message in ({"cmds": {"setpoint": 4}}, {"note": 1}):
        old.post(at_pump("ui_cmds"), {"msg": message})

    assert (
        stored() == old.get(at_pump("ui_cmds")).json()["aggregate"]["payload"] == {"cmds": {"setpoint": 4}, "note": 1}
    )


def test_other_channels_of_newer_applications_stay_as_they_are(newer, old, at_pump):
    old.post(at_pump("level"), {"msg": {"cmds": {"a": 1}}})

    assert old.get(at_pump("level")).json()["aggregate"]["payload"] == {"cmds": {"a": 1}}


@pytest.mark.parametrize("message", ["words", [1], {"cmds": 7}])
def test_what_holds_no_commands(newer, old, at_pump, history, message):
    old.post(at_pump("ui_cmds"), {"msg": message, "record_log": True})

    assert history("ui_cmds")[0]["payload"] == message
