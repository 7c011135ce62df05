"""Routines that set new devices up, by the name that their type gives."""

import pytest

from doover_web.checks import wrong_settings
from doover_web.common.wire import Conflict
from doover_web.control.models import Device
from doover_web.identity.models import Agent


def register(device, by):
    """A routine, as an installation has one of its own."""
    device.as_device.notes = f"registered by {by.name}"
    device.as_device.save()


def refuse(device, by):
    raise Conflict("The broker knows this name already")


def break_down(device, by):
    raise OSError("no route to the broker")


@pytest.fixture
def make(api, alice, creek, skid, settings):
    """`make("register")`: what the call says that makes a device of a type with this routine."""
    here = {one.__name__: f"{__name__}.{one.__name__}" for one in (register, refuse, break_down)}
    settings.DEVICE_HOOKS = {**settings.DEVICE_HOOKS, **here}

    def made(name):
        assert api(alice).patch(f"/devices/types/{skid.id}/", {"hooks": name}).status_code == 200
        body = {"display_name": "Mill", "type_id": skid.id, "group_id": creek.root_group.id}
        return api(alice).post("/devices/", body)

    return made


def test_a_routine_sets_each_new_device_up(make, alice):
    assert make("register").json()["notes"] == f"registered by {alice.get_full_name()}"


def test_there_is_one_that_lets_devices_replace_their_tokens(make):
    assert make("rotate_tokens").status_code == 201
    assert Agent.objects.get(name="mill").token_self_rotation


@pytest.mark.parametrize(
    ("name", "words"), [("refuse", "The broker knows this name already"), ("break_down", "'break_down', which sets")]
)
def test_what_it_refuses_is_not_made(make, name, words):
    told = make(name)

    assert told.status_code == 409
    assert words in told.json()["message"]
    assert not Device.objects.exists()
    assert not Agent.objects.devices().exists()


def test_a_type_names_one_that_there_is(api, alice, skid, wrong, ok):
    assert wrong(api(alice).patch(f"/devices/types/{skid.id}/", {"hooks": "nowhere"})) == ["hooks"]
    assert ok(api(alice).patch(f"/devices/types/{skid.id}/", {"hooks": ""}))["hooks"] == ""


@pytest.mark.parametrize("path", ["nowhere.at.all", "register", 5, ""])
def test_a_setting_that_cannot_be(settings, path):
    settings.DEVICE_HOOKS = {"mqtt": path}

    assert any("DOOVER_DEVICE_HOOKS" in one for one in wrong_settings())
