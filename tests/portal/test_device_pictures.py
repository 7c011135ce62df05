"""What stands beside the values of a device page: the course of the last day, and the newest picture of a camera."""

from django.core.files.uploadedfile import SimpleUploadedFile

from doover_web.common.snowflake import now_ms
from doover_web.data.days import read_days
from doover_web.data.models import Channel, Series
from doover_web.data.publish import open_channel, post_message, update_aggregate
from doover_web.data.pyramid import roll_up

HOUR, DAY = 3_600_000, 86_400_000
GIF = bytes.fromhex("47494638396101000100800000000000ffffff21f90401000000002c000000000100010000020244003b")


def said(reach, values, channel="tag_values"):
    for hours, value in values.items():
        post_message(reach=reach, name=channel, data={"a": {"x": value, "s": "text"}}, ts=now_ms() - int(hours * HOUR))


def test_the_course_of_a_day_is_sampled_at_first_and_rolled_up_later(alice, pump, reach):
    at, now = reach(alice, pump), now_ms()
    said(at, {30: 99, 20: 5, 10: 7, 2: 6})
    channel = Channel.objects.get(agent_id=pump.id, name="tag_values")

    first = read_days(channel, ["a.x", "a.s", "a.none"], now - DAY, now, 24)
    Series.objects.update(opened_at="2025-01-01T00:00:00Z")
    roll_up(seconds=10)
    later = read_days(channel, ["a.x", "a.s", "a.none"], now - DAY, now, 24)

    assert [place[1] for place in first["a.x"] if place] == [5, 7, 6]
    assert [place[1] for place in later["a.x"] if place] == [5, 7, 6]
    assert [path for path, places in first.items() if any(places)] == ["a.x"]
    assert list(Series.objects.values_list("path", flat=True)) == ["a.x"]


def test_what_the_sample_misses_is_rolled_up_where_the_state_knows_it(alice, pump, reach):
    at, now = reach(alice, pump), now_ms()
    for seconds in range(9, 0, -1):
        told = {"s": seconds, **({"x": 5} if seconds == 4 else {})}
        post_message(reach=at, name="tag_values", data={"a": told}, ts=now - HOUR - 1000 * seconds)
    update_aggregate(reach=at, name="tag_values", data={"a": {"x": 5, "text": "x"}})
    channel = Channel.objects.get(agent_id=pump.id, name="tag_values")

    assert not any(read_days(channel, ["a.x", "a.text"], now - DAY, now, 24)["a.x"])

    assert list(Series.objects.values_list("path", flat=True)) == ["a.x"]


def test_what_a_channel_does_not_show_is_in_no_course(alice, pump, reach):
    at, now = reach(alice, pump), now_ms()
    said(at, {20: 5, 2: 6})
    channel = Channel.objects.get(agent_id=pump.id, name="tag_values")
    channel.history_since = now - 5 * HOUR

    assert [place[1] for place in read_days(channel, ["a.x"], now - DAY, now, 24)["a.x"] if place] == [6]


def test_the_page_draws_it_for_who_may_see_history(browse, alice, pump, reach):
    at = reach(alice, pump)
    said(at, {20: 5, 10: 7, 2: 6})
    shown = {"x": {"type": "uiVariable", "varType": "float", "currentValue": "$tag.app().x:number:null"}}
    update_aggregate(reach=at, name="ui_state", data={"state": {"children": {"a": {"children": shown}}}})
    update_aggregate(reach=at, name="tag_values", data={"a": {"x": 6}})

    page = browse(alice).get(f"/device/{pump.id}/").content.decode()

    assert 'class="dv-spark dv-spark-s"' in page
    assert f"/device/{pump.id}/chart?s=a.x" in page.replace("/chart/?", "/chart?")


def test_the_newest_picture_of_a_camera(browse, alice, bob, pump, reach):
    at = reach(alice, pump)
    shown = {"c": {"type": "uiCameraHistory", "cameraName": "gate"}, "d": {"type": "uiCameraHistory"}}
    update_aggregate(reach=at, name="ui_state", data={"state": {"children": {"yard": {"children": shown}}}})
    files = [SimpleUploadedFile(name, GIF, "image/gif") for name in ("whole.gif", "small.gif")]
    data = {"reason": "person", "media": [{"file": "whole.gif", "thumbnail": "small.gif"}]}
    post_message(reach=at, name="gate", data=data, files=files)

    page = browse(alice).get(f"/device/{pump.id}/").content.decode()

    assert page.count("<img") == 1
    assert "small.gif" in page
    assert "Person" in page
    assert "No pictures yet" in page


def test_pictures_of_a_private_camera_are_private(browse, alice, bob, pump, reach):
    at = reach(alice, pump)
    shown = {"c": {"type": "uiCameraHistory", "cameraName": "gate"}}
    update_aggregate(reach=at, name="ui_state", data={"state": {"children": {"yard": {"children": shown}}}})
    open_channel(reach=at, name="gate", settings={"is_private": True})
    post_message(reach=at, name="gate", data={}, files=[SimpleUploadedFile("x.gif", GIF, "image/gif")])

    assert "x.gif" in browse(alice).get(f"/device/{pump.id}/").content.decode()
    assert "x.gif" not in browse(bob).get(f"/device/{pump.id}/").content.decode()


def test_what_is_told_on_change_alone_holds_while_the_channel_speaks(alice, pump, reach):
    at, now = reach(alice, pump), now_ms()
    said(at, {20.5: 5, 8.5: 7})
    for hours in (15.5, 14.5, 3.5):
        post_message(reach=at, name="tag_values", data={"a": {"y": hours}}, ts=now - int(hours * HOUR))
    channel = Channel.objects.get(agent_id=pump.id, name="tag_values")
    read_days(channel, ["a.x"], now - DAY, now, 24)
    Series.objects.update(opened_at="2025-01-01T00:00:00Z")
    roll_up(seconds=10)

    places = read_days(channel, ["a.x"], now - DAY, now, 24)["a.x"]

    assert [place[1] for place in places if place] == [5, 5, 5, 7, 7]
