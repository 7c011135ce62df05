"""The map: who is where for whom, where one has been, and a device's own place."""

import json

from doover_web.common.snowflake import now_ms
from doover_web.control.models import Device
from doover_web.data.publish import open_channel, post_message, update_aggregate
from doover_web.identity.models import AuditEntry, User

from .test_home import connected, make_devices


def points(browse, who, query=""):
    return browse(who).get(f"/map/points.json{query}").json()["points"]


def go(reach, who, agent, lat, long, **more):
    update_aggregate(reach=reach(who, agent), name="location", data={"lat": lat, "long": long, **more}, log=True)


def test_a_device_is_where_it_says_else_where_it_was_put(browse, alice, mallory, creek, pump, reach):
    tank, _ = make_devices(creek, 2)
    Device.objects.create(agent=tank, latitude=-27, longitude=151)
    Device.objects.create(agent=pump, latitude=0, longitude=0)
    go(reach, alice, pump, -27.5806, 152.4312)
    connected(reach, alice, pump)

    assert sorted(points(browse, alice)) == sorted(
        [[str(pump.id), "Pump 7", -27.5806, 152.4312, "online"], [str(tank.id), "Tank 000", -27, 151, "unknown"]]
    )
    assert points(browse, alice, "?state=online") == [[str(pump.id), "Pump 7", -27.5806, 152.4312, "online"]]
    assert points(browse, mallory) == []
    page = browse(alice).get("/map/").content.decode()
    assert "2 devices on the map" in page
    assert "1 device without a place" in page
    assert "−27.58060" in page


def test_what_the_map_says_of_a_device(browse, alice, mallory, pump, reach):
    go(reach, alice, pump, -27.5806, 152.4312)

    assert "Pump 7" in browse(alice).get(f"/map/device/{pump.id}/popup").content.decode()
    assert browse(mallory).get(f"/map/device/{pump.id}/popup").status_code == 404


def test_an_empty_map_says_why(browse, mallory):
    nobody = browse(mallory).get("/map/").content.decode()
    assert "No devices yet" in nobody
    assert "Reset filters" not in nobody
    none_so = browse(mallory).get("/map/?search=x").content.decode()
    assert "No device matches" in none_so
    assert "Reset filters" in none_so


def test_where_it_has_been(browse, alice, mallory, pump, reach):
    for step in range(3):
        go(reach, alice, pump, -27 - step, 152, note="x")

    track = browse(alice).get(f"/map/device/{pump.id}/track.json").json()["track"]

    assert [lat for lat, _, _ in track] == [-27, -28, -29]
    assert browse(mallory).get(f"/map/device/{pump.id}/track.json").status_code == 404
    open_channel(reach=reach(alice, pump), name="location", settings={"is_private": True}, update=True)
    assert points(browse, alice) == []


def test_its_fixed_place_is_set_by_whom_may_configure(browse, alice, bob, pump):
    there = f"/device/{pump.id}/location/"

    assert browse(bob).post(there, {"latitude": "1", "longitude": "2"}).status_code == 403
    assert browse(alice).post(there, {"latitude": "−27,5", "longitude": "152.25"}).status_code == 302
    assert Device.objects.get(pk=pump.pk).fixed_location == {"latitude": -27.5, "longitude": 152.25}
    assert AuditEntry.objects.filter(action="device.updated").count() == 1
    for wrong in ({"latitude": "x", "longitude": "1"}, {"latitude": "91", "longitude": "1"}, {"latitude": "nan"}):
        refused = browse(alice).post(there, wrong)
        assert refused.status_code == 400
        assert wrong["latitude"] in refused.content.decode()
    browse(alice).post(there, {"latitude": "", "longitude": ""})
    assert Device.objects.get(pk=pump.pk).fixed_location is None


def test_its_tab_has_a_title(browse, alice, pump):
    assert f"<title>Location · {pump.title}" in browse(alice).get(f"/device/{pump.id}/location/").content.decode()


def test_its_queries_stay_level(browse, alice, creek, pump, reach, statements):
    client = browse(alice)
    go(reach, alice, pump, 1, 2)
    client.get("/map/")
    few = statements(lambda: client.get("/map/"))
    for device in make_devices(creek, 20):
        go(reach, alice, device, 1, 2)

    assert statements(lambda: client.get("/map/")) == few


def test_pictures_come_from_the_host_that_is_named_and_no_other(browse, alice, pump, settings):
    settings.TILE_URL = "https://tile.example.com/{z}/{x}/{y}.png"

    page = browse(alice).get("/map/?search=pump").content.decode()

    assert 'data-tiles="https://tile.example.com/{z}/{x}/{y}.png"' in page


FENCE = {
    "name": "Yard <b>",
    "kind": "circle",
    "lat": "-27.5",
    "long": "151.9",
    "radius": "200",
    "margin": "25",
    "severity": "6",
    "tells_entry": "1",
    "is_enabled": "1",
}


def test_a_fence_is_drawn_changed_and_deleted(browse, alice, bob, mallory, creek, pump):
    client = browse(alice)
    there = client.post("/map/fences/new/", {**FENCE, "place": creek.id})["Location"]

    page = browse(bob).get(there).content.decode()
    assert "Yard &lt;b&gt;" in page
    assert "the permission “Change alarms”" in page
    assert "1</td>" not in browse(bob).get("/map/fences/").content.decode()
    assert browse(bob).post(there, FENCE).status_code == 403
    assert browse(mallory).get(there).status_code == 404
    corners = "-27.0, 151.0\n-27.0, 151.1\n-27.1, 151.1"
    assert client.post(there, {**FENCE, "kind": "polygon", "points": corners}).status_code == 302
    assert "-27.1, 151.1" in client.get(there).content.decode()
    assert client.post(there, {"do": "delete"}).status_code == 302
    assert client.get(there).status_code == 404


def test_what_a_fence_watches_over_is_chosen(browse, alice, creek, pump):
    form = browse(alice).get("/map/fences/new/").content.decode()

    assert 'name="place" required><option value="">Choose</option>' in form
    assert "selected>Creek" not in form
    assert '<option value="6" selected>Warning</option>' in form


def test_only_an_administrator_reads_of_settings(browse, alice, creek, pump, settings):
    settings.TILE_URL = ""
    assert "DOOVER_TILE_URL" not in browse(alice).get("/map/fences/new/").content.decode()
    assert "drawn to scale" in browse(alice).get("/map/fences/new/").content.decode()

    alice.is_superuser = True
    alice.save()
    assert "DOOVER_TILE_URL" in browse(alice).get("/map/fences/new/").content.decode()


def test_a_fence_that_is_none_is_refused_and_keeps_what_was_typed(browse, alice, creek, pump):
    client = browse(alice)
    for wrong in (
        {"radius": "0"},
        {"lat": "north"},
        {"kind": "polygon", "points": "1, 2\n3"},
        {"kind": "polygon", "points": "1, 2\n" * 5000},
        {"kind": "polygon", "points": "0,0\n1,1\n0,1\n1,0"},
        {"name": ""},
        {"margin": "[1]"},
        {"severity": "99"},
        {"place": "1"},
    ):
        refused = client.post("/map/fences/new/", {**FENCE, "place": creek.id, **wrong})
        assert refused.status_code == 400, wrong
        assert "Yard" in refused.content.decode() or wrong == {"name": ""}


def test_a_fence_for_one_device(browse, alice, bob, mallory, pump):
    there = f"/map/fences/new/?device={pump.id}"

    assert browse(mallory).get(there).status_code == 404
    assert browse(bob).post(there, FENCE).status_code == 403
    made = browse(alice).post(there, FENCE)
    assert made.status_code == 302
    assert "Yard &lt;b&gt;" in browse(alice).get(f"/device/{pump.id}/location/").content.decode()
    assert json.loads(json.dumps(browse(alice).get("/map/").context["fences"]))[0]["shape"]["radius"] == 200


def test_who_is_outside_a_fence_is_said_and_shown(browse, alice, creek, pump, reach):
    go(reach, alice, pump, -27.5, 152.2)
    client, there = browse(alice), f"/map/fences/new/?device={pump.id}"
    drawn = client.get(there)
    assert [one[0] for one in drawn.context["points"]] == [str(pump.id)]
    assert "data-of-one" in drawn.content.decode()

    made = client.post(there, FENCE, follow=True)

    page = made.content.decode()
    assert "The fence watches from now on. Pump 7 is 29 km outside now." in page
    assert "Outside now" in page
    assert "29 km from the edge" in page
    assert [one[0] for one in made.context["points"]] == [str(pump.id)]
    moved = client.post(made.redirect_chain[-1][0], {**FENCE, "long": "152.2"}, follow=True).content.decode()
    assert "Pump 7 is inside now." in moved
    assert "Outside now" not in moved
    everybody = client.post("/map/fences/new/", {**FENCE, "place": creek.id, "long": "152.203"}, follow=True)
    assert "Pump 7 is 96 m outside now." in everybody.content.decode()


def test_of_many_devices_a_fence_says_how_many_are_inside(browse, alice, creek):
    client = browse(alice)
    for number, tank in enumerate(make_devices(creek, 5)):
        Device.objects.create(agent=tank, latitude=-27.5, longitude=151.9 + number // 3)
    made = client.post("/map/fences/new/", {**FENCE, "place": creek.id}, follow=True).content.decode()

    assert "3 of 5 devices are inside now." in made


def test_a_way_across_the_antimeridian_is_read_on(browse, alice, pump, reach):
    for minutes, long in ((4, 179.2), (3, 179.8), (2, -179.8), (1, -179.2)):
        place = {"lat": -17, "long": long}
        post_message(reach=reach(pump, pump), name="location", data=place, ts=now_ms() - minutes * 60_000)

    track = browse(alice).get(f"/map/device/{pump.id}/track.json").json()["track"]

    assert [round(long, 1) for _, long, _ in track] == [-180.8, -180.2, -179.8, -179.2]


def test_a_fence_offers_the_severities_that_people_use(browse, alice, creek):
    form = browse(alice).get("/map/fences/new/").content.decode().split('id="severity"')[1].split("</select>")[0]

    places = [form.index(word) for word in (">Info<", ">Warning<", ">Critical<")]
    assert places == sorted(places)
    assert ">Trace<" not in form
    assert ">Debug<" not in form


def test_the_fences_of_all_stand_where_the_devices_of_all_do(browse, alice, mallory, creek, pump):
    """Who administers the platform sees those of all organisations, until one is chosen."""
    other = mallory.memberships.get().organisation
    browse(mallory).post("/map/fences/new/", {**FENCE, "name": "Far-off yard", "place": other.id})
    User.objects.filter(pk=alice.pk).update(is_superuser=True)
    page = browse(alice)

    for address in ("/map/", "/map/fences/"):
        assert "Far-off yard" in page.get(address).content.decode()
    page.cookies["organisation"] = str(creek.id)
    for address in ("/map/", "/map/fences/"):
        assert "Far-off yard" not in page.get(address).content.decode()
