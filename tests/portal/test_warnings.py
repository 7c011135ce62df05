"""Putting a warning away: the device is told, and it is gone for this person until it changes."""

import pytest

from doover_web.data.models import Aggregate, Channel, Message
from doover_web.data.publish import update_aggregate

SHOWN = "Tank is low"


@pytest.fixture
def itself(reach, pump):
    return reach(pump, pump)


@pytest.fixture
def says(itself):
    """`says(low=True)`: Pump 7 has a warning that it hides or shows, and one that nobody may put away."""

    def say(low=True, words=SHOWN, **more):
        warning = {"type": "uiWarningIndicator", "displayString": words, "hidden": not low, **more}
        lasting = {"type": "uiWarningIndicator", "displayString": "Lasting", "can_cancel": False}
        app = {"type": "uiApplication", "children": {"low": warning, "lasting": lasting}}
        update_aggregate(reach=itself, name="ui_state", data={"state": {"children": {"tank_1": app}}})

    say()
    return say


@pytest.fixture
def person(browse, pump):
    """`person(alice)`: a browser at the page of Pump 7."""

    class Person:
        def __init__(self, who):
            self.client = browse(who)

        def page(self):
            return self.client.get(f"/device/{pump.id}/").content.decode()

        def dismiss(self, place="tank_1/low"):
            return self.client.post(f"/device/{pump.id}/warnings/", {"place": place}).status_code

    return Person


def test_the_device_is_told_and_the_warning_goes(person, alice, bob, says):
    person_a, person_b = person(alice), person(bob)
    assert SHOWN in person_a.page()

    assert person_a.dismiss() == 302

    assert SHOWN not in person_a.page()
    assert SHOWN in person_b.page()  # everybody for themselves
    commands = Channel.objects.get(name="ui_cmds")
    pressed = Aggregate.objects.get(channel_id=commands.id).data["tank_1"]["low"]
    assert Message.objects.get(channel_id=commands.id).data == {
        "type": "log",
        "app_key": "tank_1",
        "key": "low",
        "value": pressed,
    }


@pytest.mark.parametrize("change", ["words", "hidden"])
def test_it_comes_back_when_it_changes(person, alice, says, change):
    at = person(alice)
    at.dismiss()
    says(words="Tank is empty") if change == "words" else says(low=False)
    at.page()
    if change == "hidden":
        says(low=True)

    assert ("Tank is empty" if change == "words" else SHOWN) in at.page()


def test_what_may_not_be_put_away_has_no_cross(person, alice, bob, says):
    assert person(alice).page().count('name="place"') == 1
    assert person(bob).page().count('name="place"') == 0
    assert person(alice).dismiss("tank_1/lasting") == 404
    assert person(alice).dismiss("tank_1/nothing") == 404
    assert person(bob).dismiss() == 403
    assert "Lasting" in person(alice).page()


def test_one_of_the_first_generation_is_told_flat(person, alice, itself):
    warning = {"type": "uiWarningIndicator", "name": "low", "displayString": SHOWN, "hidden": False}
    level = {"type": "uiVariable", "name": "level", "displayString": "Level (%)", "currentValue": 4}
    page = {"state": {"type": "uiContainer", "children": {"level": level, "low": warning}}}
    update_aggregate(reach=itself, name="ui_state", data=page)
    at = person(alice)
    assert at.page().count('name="place"') == 1

    assert at.dismiss("/low") == 302

    assert SHOWN not in at.page()
    assert Aggregate.objects.get(channel_id=Channel.objects.get(name="ui_cmds").id).data == {"low": True}
