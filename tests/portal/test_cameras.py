"""Cameras: the newest picture of each, the history of one, and pictures asked for by whom may."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from doover_web.common.cameras import Camera, read_cameras
from doover_web.common.snowflake import now_ms
from doover_web.data.models import Cameras, Channel, Message
from doover_web.data.publish import open_channel, post_message, update_aggregate
from doover_web.identity.models import Agent, Group, GroupGrant, GroupRole

GIF = bytes.fromhex("47494638396101000100800000000000ffffff21f90401000000002c000000000100010000020244003b")
GATE = {"g": {"type": "uiCameraHistory", "cameraName": "gate", "displayString": "Main gate"}}
DAY = 86_400_000


def shows(reach, who, agent, elements=GATE, app="yard"):
    data = {"state": {"children": {app: {"children": elements}}}}
    update_aggregate(reach=reach(who, agent), name="ui_state", data=data, replace_all=True)


def takes(reach, who, agent, name="gate", days_ago=0, **said):
    file = SimpleUploadedFile(f"at-{days_ago}.gif", GIF, "image/gif")
    at = {"reach": reach(who, agent), "ts": now_ms() - days_ago * DAY}
    return post_message(name=name, data={"reason": "schedule", **said}, files=[file], **at)


@pytest.fixture
def gate(alice, pump, reach):
    shows(reach, alice, pump)
    return f"/cameras/{pump.id}/gate"


def test_cameras_are_read_from_the_page():
    old = {"type": "uiCamera"}
    looked_up = {"type": "uiCameraLiveView", "cameraName": "$config.app().name", "displayString": "Live"}
    boxed = {"type": "uiSubmodule", "children": {"inner": GATE["g"], "again": GATE["g"]}}
    document = {"state": {"children": {"a": {"children": {"o": old, "l": looked_up, "b": boxed}}, "b": 7}}}

    found = read_cameras(document)

    assert read_cameras({"state": {"children": {"a/b": {"type": "uiCameraHistory"}}}}) == []
    assert found == [Camera("a", "o", "o"), Camera("a", "a", "Live"), Camera("a", "gate", "Main gate")]
    assert read_cameras({"state": {"children": [1]}}) == read_cameras("no") == []


def test_they_are_kept_beside_the_state(alice, pump, reach, gate):
    assert Cameras.objects.get().found == [{"app": "yard", "channel": "gate", "title": "Main gate"}]

    shows(reach, alice, pump, {"v": {"type": "uiVariable"}})

    assert not Cameras.objects.exists()


def test_the_list_is_read_again_as_a_part(browse, alice, pump, gate):
    page, part = (browse(alice).get(f"/cameras/{query}").content.decode() for query in ("", "?part=list"))

    assert '<fresh-part class="dv-stack" src="?part=list">' in page
    assert "Main gate" in part
    assert "<html" not in part


def test_a_page_that_turns_private_shows_no_camera(alice, pump, reach, gate):
    Channel.objects.filter(name="ui_state").update(is_private=True)
    shows(reach, alice, pump, {**GATE, "more": {"type": "uiVariable"}})

    assert not Cameras.objects.exists()


def test_the_newest_picture_of_each(browse, alice, pump, reach, gate):
    assert "No pictures yet" in browse(alice).get("/cameras/").content.decode()
    takes(reach, alice, pump, days_ago=1)
    takes(reach, alice, pump)

    page = browse(alice).get("/cameras/").content.decode()

    assert "Main gate" in page
    assert "at-0.gif" in page
    assert "at-1.gif" not in page


def test_an_empty_file_is_no_picture(browse, alice, pump, reach, gate):
    empty = SimpleUploadedFile("nothing.png", b"", "image/png")
    post_message(reach=reach(alice, pump), name="gate", data={}, files=[empty])

    assert "The newest recording is no picture" in browse(alice).get("/cameras/").content.decode()
    page = browse(alice).get(gate).content.decode()
    assert "No picture in it" in page
    assert "<img" not in page


def test_by_group_and_by_name(browse, alice, creek, pump, reach, gate):
    north = Group.objects.create(organisation=creek, parent=creek.root_group, name="North")
    other = Agent.objects.create(kind="device", organisation=creek, group=north, name="mast")
    shows(reach, alice, other)

    def devices(query):
        return [row.agent.id for row, _ in browse(alice).get(f"/cameras/{query}").context["rows"]]

    assert set(devices("")) == {pump.id, other.id}
    assert devices(f"?group={north.id}") == [other.id]
    assert devices("?search=mast") == [other.id]
    assert devices("?search=nothing") == []
    assert "No camera matches" in browse(alice).get("/cameras/?search=nothing").content.decode()


def test_its_queries_stay_level(browse, alice, creek, pump, reach, gate, statements):
    client = browse(alice)
    takes(reach, alice, pump)
    client.get("/cameras/")
    few = statements(lambda: client.get("/cameras/"))
    for number in range(5):
        other = Agent.objects.create(kind="device", organisation=creek, name=f"mast-{number}")
        shows(reach, alice, other)
        takes(reach, alice, other)
    client.get("/cameras/")  # the first look reads the new documents

    assert statements(lambda: client.get("/cameras/")) == few


def test_a_stranger_finds_none(browse, mallory, reach, gate):
    assert "No cameras yet" in browse(mallory).get("/cameras/").content.decode()
    assert browse(mallory).get(gate).status_code == 404


def test_the_history_by_day_and_reason(browse, alice, pump, reach, gate):
    for days_ago, reason in ((2, "person"), (1, "schedule"), (0, "person")):
        takes(reach, alice, pump, days_ago=days_ago, reason=reason)
    today = timezone.localdate().isoformat()

    def shots(query=""):
        return [(one.reason, one.files[0].name) for one in browse(alice).get(gate + query).context["shots"]]

    everything = [("Person", "at-0.gif"), ("On schedule", "at-1.gif"), ("Person", "at-2.gif")]
    assert shots() == everything
    assert shots(f"?day={today}") == everything[:1]
    assert shots("?reason=person") == [everything[0], everything[2]]
    assert shots("?day=nonsense&reason=nonsense&before=x") == everything
    assert shots("?day=9999-12-31") == everything
    assert shots("?day=2020-02-29&before=1") == []


def test_pages_of_pictures(browse, alice, pump, reach, gate, monkeypatch):
    monkeypatch.setattr("portal.gallery.PAGE", 2)
    monkeypatch.setattr("portal.views.cameras.PAGE", 2)
    for days_ago in (2, 1, 0):
        takes(reach, alice, pump, days_ago=days_ago)

    first = browse(alice).get(gate).context
    second = browse(alice).get(f"{gate}?before={first['older']}").context

    assert [one.files[0].name for one in second["shots"]] == ["at-2.gif"]
    assert second["older"] == ""


def test_one_of_them_large_with_its_neighbours(browse, alice, pump, reach, gate):
    ids = [takes(reach, alice, pump, days_ago=days_ago).id for days_ago in (2, 1, 0)]

    page = browse(alice).get(f"{gate}?shot={ids[1]}")

    assert page.context["large"].id == str(ids[1])
    assert (page.context["before"].id, page.context["after"].id) == (str(ids[0]), str(ids[2]))
    assert 'download="at-1.gif"' in page.content.decode()
    assert browse(alice).get(f"{gate}?shot=12").status_code == 404


def test_a_picture_is_asked_for(browse, alice, bob, pump, gate):
    assert browse(bob).post(gate).status_code == 403

    page = browse(alice).post(gate, follow=True).content.decode()

    data = Message.objects.get(agent_id=pump.id).data
    assert data["type"] == "rpc"
    assert (data["method"], data["app_key"]) == ("get_immediate_snapshot", "yard")
    assert "Waking the camera" in page
    assert "Waking the camera" in browse(alice).get(f"{gate}?part=waking").content.decode()


def test_a_camera_is_turned_to_what_the_device_names(browse, alice, bob, pump, reach, gate):
    turns = {"presets": "$tag.app().presets:array:[]", "activePreset": "$tag.app().active:string:"}
    shows(reach, alice, pump, {"g": {**GATE["g"], **turns}})
    names = ["Gate", "<b>Yard</b>", {"name": "Dam"}, 7, "", "Gate"]
    update_aggregate(reach=reach(alice, pump), name="tag_values", data={"yard": {"presets": names, "active": "Dam"}})
    page = browse(alice).get(gate).content.decode()

    assert page.count('name="preset"') == 3
    assert 'value="Dam" aria-pressed="true"' in page
    assert "<b>Yard" not in page
    assert 'name="preset"' not in browse(bob).get(gate).content.decode()
    assert browse(bob).post(gate, {"preset": "Gate"}).status_code == 403
    assert browse(alice).post(gate, {"preset": "Moon"}).status_code == 404

    page = browse(alice).post(gate, {"preset": "<b>Yard</b>"}, follow=True).content.decode()

    data = Message.objects.get(agent_id=pump.id).data
    assert (data["method"], data["app_key"], data["request"]) == ("goto_preset", "yard", "<b>Yard</b>")
    assert "Turning the camera" in page


@pytest.mark.parametrize("said", [{"presets": []}, {"presets": "Gate"}, {"presets": ["Gate"], "ptzControl": False}])
def test_a_camera_that_cannot_be_turned(browse, alice, pump, reach, gate, said):
    shows(reach, alice, pump, {"g": {**GATE["g"], **said}})

    assert 'name="preset"' not in browse(alice).get(gate).content.decode()


def test_what_comes_meanwhile_is_read_as_a_part(browse, alice, pump, reach, gate):
    assert "No pictures yet" in browse(alice).get(f"{gate}?part=shots").content.decode()
    takes(reach, alice, pump)

    part = browse(alice).get(f"{gate}?part=shots").content.decode()

    assert "<html" not in part
    assert "at-0.gif" in part
    assert "part=shots" not in part


def test_pictures_that_are_private_or_not_there(browse, bob, alice, pump, reach, gate):
    assert browse(alice).get(f"/cameras/{pump.id}/door").status_code == 404
    open_channel(reach=reach(alice, pump), name="gate", settings={"is_private": True})
    takes(reach, alice, pump)

    assert "at-0.gif" not in browse(bob).get(gate).content.decode()
    assert "at-0.gif" not in browse(bob).get("/cameras/").content.decode()


def test_without_the_right_to_history(browse, bob, alice, creek, pump, reach, gate):
    takes(reach, alice, pump)
    role = GroupRole.objects.create(organisation=creek, name="Glance", flags=["group_view", "device_view"])
    GroupGrant.objects.filter(user=bob).update(role=role)

    assert "take the permission “Look back in time”" in browse(bob).get("/cameras/").content.decode()
    assert "Pictures are not for you here" in browse(bob).get(gate).content.decode()
