"""Permissions are named in words where people read, and by their flags on the wire."""

import pytest
from django.utils import translation

from doover_web.identity.flags import GROUP_FLAGS, ORGANISATION_FLAGS
from doover_web.pages.permission_words import FLAGS, in_words


def test_every_flag_has_words():
    assert set(FLAGS) == {*GROUP_FLAGS, *ORGANISATION_FLAGS}


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("This takes the permission device_control at Pump 7", "This takes the permission “Control” at Pump 7"),
        ("device_control or alarms_manage", "“Control” or “Change alarms”"),
        ("(access_site)", "(“Use the site”)"),
        ("my_device_control and device_controls", "my_device_control and device_controls"),
        ("Nothing of that kind", "Nothing of that kind"),
    ],
)
def test_flags_become_words(said, shown):
    assert in_words(said) == shown


def test_in_the_language_of_the_reader():
    with translation.override("de"):
        assert in_words("device_tunnels") == "„Fernzugriff“"


def test_pages_use_words_and_apis_flags(browse, api, bob, pump):
    page = browse(bob).post(f"/device/{pump.id}/remote/", {"do": "create"}).content.decode()
    body = api(bob).post(
        "/tunnels/", {"name": "x", "hostname": "h", "port": 1, "protocol": "tcp", "device_id": pump.id}
    )

    assert "“Remote access”" in page
    assert "device_tunnels" not in page
    assert "device_tunnels" in body.json()["message"]
