"""Applications with their profiles, and device types, in the admin portal."""

import html
import json

import pytest

from doover_web.control.models import Application, ConfigProfile, DeviceType

APPS, TYPES = "/admin-portal/applications/", "/admin-portal/device-types/"
SCHEMA = '{"type": "object", "properties": {"depth": {"type": "number", "title": "Depth"}}}'


def text_of(response) -> str:
    return html.unescape(response.content.decode())


def test_an_application_is_described_changed_and_put_away(browse, alice):
    client = browse(alice)
    fields = {"name": "well", "display_name": "Well", "type": "DEV", "visibility": "PRI", "config_schema": SCHEMA}
    made = client.post(f"{APPS}new/", fields)
    one = Application.objects.get()
    assert made["Location"] == f"{APPS}{one.id}/"
    assert "Depth" in text_of(client.get(made["Location"]))
    client.post(f"{APPS}{one.id}/edit/", {**fields, "display_name": "Deep well"})
    assert "Deep well" in text_of(client.get(APPS))
    client.post(f"{APPS}{one.id}/edit/", {"do": "archive"})
    assert "Deep well" not in text_of(client.get(APPS))
    assert "Deep well" in text_of(client.get(f"{APPS}?archived=1&type=DEV&search=deep"))


def test_forms_ask_in_the_order_of_the_schema(browse, alice, creek):
    def asked_by(kind, *names):
        schema = {"type": "object", "properties": {name: {"type": "string"} for name in names}}
        fields = {"name": "Logger", "install_type": "NONE", "device_extra_config_schema": json.dumps(schema)}
        client.post(f"{TYPES}{kind}/", {**fields, "do": "save"})
        made = DeviceType.objects.get(organisation=creek)
        text = text_of(client.get(f"/admin-portal/devices/new/?type={made.id}"))
        return made.id, sorted(names, key=lambda name: text.index(f'name="c/{name}"'))

    client = browse(alice)
    kind, asked = asked_by(0, "serial_number", "site", "a")
    assert asked == ["serial_number", "site", "a"]
    assert asked_by(kind, "site", "serial_number", "a")[1] == ["site", "serial_number", "a"]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"name": "No Good"}, "small letters"),
        ({"config_schema": "{"}, "This is not JSON"),
        ({"config_schema": '{"type": 5}'}, "is not a JSON Schema"),
        ({"repository_url": "javascript:x"}, "must be an address"),
    ],
)
def test_what_is_wrong_is_told_at_its_field(browse, alice, wrong, words):
    fields = {"name": "well", "display_name": "Kept", "type": "DEV", "visibility": "PRI", **wrong}
    response = browse(alice).post(f"{APPS}new/", fields)
    assert response.status_code == 400
    assert words in text_of(response)
    assert 'value="Kept"' in text_of(response)
    assert not Application.objects.exists()


def test_a_profile_is_made_changed_and_deleted(browse, alice, install, application):
    client, here = browse(alice), f"{APPS}{application.id}/profiles/"
    assert client.post(f"{here}0/", {"do": "save", "display_name": "Slow", "c/speed": "900"}).status_code == 400
    assert client.post(f"{here}0/", {"do": "save", "display_name": "", "c/speed": "9"}).status_code == 400
    client.post(f"{here}0/", {"do": "save", "display_name": "Slow", "c/speed": "9"})
    profile = ConfigProfile.objects.get()
    assert profile.deployment_config == {"speed": 9}
    assert "Slow" in text_of(client.get(f"{APPS}{application.id}/"))
    client.post(f"{here}{profile.id}/", {"do": "save", "display_name": "Slower", "c/speed": "5"})
    profile.refresh_from_db()
    assert (profile.display_name, profile.deployment_config) == ("Slower", {"speed": 5})
    client.post(f"{here}{profile.id}/", {"do": "delete"})
    assert not ConfigProfile.objects.exists()


def test_a_type_is_made_and_archived(browse, alice, creek):
    client = browse(alice)
    fields = {"name": "Logger", "install_type": "COPY_COMMAND", "device_extra_config_schema": SCHEMA}
    made = client.post(f"{TYPES}0/", fields)
    kind = DeviceType.objects.get()
    assert (kind.organisation, made["Location"]) == (creek, f"{TYPES}{kind.id}/")
    assert "Depth" in text_of(client.get(made["Location"]))
    assert client.post(f"{TYPES}0/", {**fields, "name": ""}).status_code == 400
    client.post(made["Location"], {"do": "archive"})
    assert "Logger" not in text_of(client.get(TYPES))
    assert "Logger" in text_of(client.get(f"{TYPES}?archived=1"))


def test_looking_is_not_changing(browse, bob, mallory, install, application, device):
    for here in (f"{APPS}{application.id}/", f"{TYPES}{device.type_id}/", APPS, TYPES):
        assert browse(bob).get(here).status_code == 200, here
    assert browse(bob).post(f"{TYPES}{device.type_id}/", {"name": "x"}).status_code == 403
    assert browse(bob).post(f"{APPS}{application.id}/edit/", {"name": "x"}).status_code == 403
    assert browse(bob).get(f"{APPS}{application.id}/profiles/0/").status_code == 403
    for here in (f"{APPS}{application.id}/", f"{TYPES}{device.type_id}/"):
        assert browse(mallory).get(here).status_code == 404, here


def test_queries_of_the_catalogue_stay_level(browse, alice, creek, django_assert_max_num_queries):
    client = browse(alice)
    made = {"organisation": creek, "type": "DEV"}
    Application.objects.create(name="first", **made)
    client.get(APPS)
    with django_assert_max_num_queries(40) as few:
        client.get(APPS)
    allowed = len(few)
    for number in range(20):
        Application.objects.create(name=f"app_{number}", **made)
    with django_assert_max_num_queries(allowed):
        client.get(APPS)
