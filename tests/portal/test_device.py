"""A device page: the badge, the readings, the channels."""

from doover_web.data.publish import open_channel, update_aggregate
from doover_web.identity.models import Group


def test_it_shows_readings_by_application(browse, alice, pump, reach):
    at = reach(alice, pump)
    update_aggregate(
        reach=at, name="tag_values", data={"tank_1": {"level_m": -1.25, "full": False}, "boot": None, "n": 3}
    )
    update_aggregate(
        reach=at, name="deployment_config", data={"applications": {"tank_1": {"APP_DISPLAY_NAME": "Main"}}}
    )

    response = browse(alice).get(f"/device/{pump.id}")

    [main, device] = response.context["apps"]
    assert main.title == "Main"
    assert [(one.name, one.text) for one in main.readings] == [("level m", "−1.25"), ("full", "No")]
    assert [one.text for one in device.readings] == ["3"]
    assert f'/channels/{pump.id}/tag_values/"' in response.content.decode()


def test_a_new_device_says_what_belongs_here(browse, bob, pump):
    assert "No values yet" in browse(bob).get(f"/device/{pump.id}/").content.decode()


def test_what_a_device_says_by_itself_stands_where_no_application_speaks(browse, alice, bob, pump, reach):
    update_aggregate(reach=reach(pump, pump), name="level", data={"metres": 2.5, "raw": {"mA": 9}, "x_hidden": 1})
    update_aggregate(reach=reach(pump, pump), name="location", data={"lat": 1, "long": 2})
    open_channel(reach=reach(pump, pump), name="diary", settings={"is_private": True})
    open_channel(reach=reach(pump, pump), name="events")

    response = browse(bob).get(f"/device/{pump.id}/")

    [level, events] = response.context["said"]
    assert [(one.name, one.text) for one in level.readings] == [("metres", "2.5"), ("raw", "1 key")]
    assert f'href="/channels/{pump.id}/level/raw"' in response.content.decode()
    assert (level.name, events.name, events.readings) == ("level", "events", [])
    assert {one.name for one in browse(alice).get(f"/device/{pump.id}/").context["said"]} == {
        "level",
        "diary",
        "events",
    }

    update_aggregate(reach=reach(alice, pump), name="tag_values", data={"n": 3})
    assert browse(bob).get(f"/device/{pump.id}/?part=said").content.decode().strip() == ""


def test_private_channels_need_the_right(browse, alice, bob, pump, reach):
    open_channel(reach=reach(alice, pump), name="secret_notes", settings={"is_private": True})

    assert "secret_notes" in browse(alice).get(f"/device/{pump.id}/details/").content.decode()
    assert "secret_notes" not in browse(bob).get(f"/device/{pump.id}/details/").content.decode()


def test_a_stranger_and_a_wrong_id_find_the_same(browse, mallory, pump):
    strangers = browse(mallory)

    assert strangers.get(f"/device/{pump.id}").status_code == 404
    assert strangers.get("/device/9223372036854775807").status_code == 404
    assert strangers.get("/device/99999999999999999999").status_code == 404


def test_odd_documents_are_no_error(browse, alice, pump, reach):
    odd = {"a": [1, {"b": []}], "b": {"c": {"d": "x" * 500}}, "": {"": ""}, "e": 1e300}
    update_aggregate(reach=reach(alice, pump), name="tag_values", data=odd)
    update_aggregate(reach=reach(alice, pump), name="deployment_config", data={"applications": [1]})

    assert browse(alice).get(f"/device/{pump.id}").status_code == 200


def test_moments_lists_and_hidden_tags(browse, alice, pump, reach):
    tags = {"app": {"read": 1_763_000_000_000, "list": [1, 2, 3], "one": {"a": 1}, "x_hidden": 1}, "y_hidden": 2}
    update_aggregate(reach=reach(alice, pump), name="tag_values", data=tags)

    response = browse(alice).get(f"/device/{pump.id}")

    [app] = response.context["apps"]
    assert [one.name for one in app.readings] == ["read", "list", "one"]
    assert app.readings[0].text.startswith("13 Nov")
    assert [one.text for one in app.readings[1:]] == ["3 entries", "1 key"]
    assert f'href="/channels/{pump.id}/tag_values/app/list"' in response.content.decode()


def test_the_parts_of_a_device_are_tabs(browse, alice, bob, pump):
    parts = [tab.key for tab, _ in browse(bob).get(f"/device/{pump.id}/").context["device"].tabs]
    page = browse(alice).get(f"/device/{pump.id}/details/").content.decode()

    assert parts[0] == "overview"
    assert parts[-1] == "details"
    assert f'href="/device/{pump.id}/details" aria-current="page"' in page
    assert "Tokens" in page


def test_the_path_of_groups_leads_to_the_device(browse, alice, creek, pump):
    north = Group.objects.create(organisation=creek, parent=creek.root_group, name="North district")
    field = Group.objects.create(organisation=creek, parent=north, name="Bore field")
    pump.group = field
    pump.save()

    page = browse(alice).get(f"/device/{pump.id}/").content.decode()

    assert page.index("North district") < page.index("Bore field")
