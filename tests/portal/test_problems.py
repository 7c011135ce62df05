"""What is wrong with a form stands at its field, in words, and has the focus: no page speaks of paths of the wire."""

import re

import pytest
from django.utils import timezone

from doover_web.data.publish import update_aggregate
from doover_web.identity.models import Group

ALARM = {
    "action": "alarm",
    "name": "Hot",
    "type_0": "threshold",
    "key_0": "t",
    "operator_0": "gt",
    "value_0": "30",
    "enabled": "on",
}
RATE = {**ALARM, "type_0": "rate", "rate_threshold_0": "1", "window_0": "5", "window_unit_0": "min"}
COMPARE = {**ALARM, "type_0": "compare", "other_key_0": "u"}
HOURS = {"type_1": "time_of_day", "from_1": "05:00", "to_1": "06:00"}
CUSTOM = {"period": "custom", "from": "2026-01-01", "to": "2026-01-31"}
CLOCK = {"every": "day", "at": "08:00", "zone": "UTC"}
TUNNEL = {"do": "create", "name": "Shell", "hostname": "127.0.0.1", "port": "22", "protocol": "tcp", "minutes": "30"}
CIRCLE = {
    "kind": "circle",
    "name": "Yard",
    "lat": "-27",
    "long": "152",
    "radius": "100",
    "margin": "25",
    "severity": "6",
}
CORNERS = {**CIRCLE, "kind": "polygon"}


def wrong_in(page: str) -> dict[str, str]:
    """What stands at which field; the first of them has the focus, and each names its words."""
    said = dict(re.findall(r'<p class="wrong" id="wrong-([\w-]+)">([^<]+)</p>', page))
    fields = re.findall(r"<(?:input|select|textarea)[^>]*aria-invalid[^>]*>", page)
    assert [re.search(r'aria-describedby="wrong-([\w-]+)"', one)[1] for one in fields] == list(said)
    assert [" autofocus" in one for one in fields] == [True, *[False] * (len(fields) - 1)]
    return said


def refused(client, address: str, form: dict) -> dict[str, str]:
    answer = client.post(address, form)
    assert answer.status_code == 400, answer.status_code
    page = answer.content.decode()
    assert not re.search(r"conditions\[|_ms\b|ip_whitelist|dv_emails", page)
    assert 'role="alert"' not in page.split("<main")[1]
    return wrong_in(page)


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({**ALARM, "value_0": ""}, {"value_0": "Enter a value"}),
        ({**ALARM, "value_0": "true"}, {"value_0": "Enter a number, or compare it with ="}),
        ({**ALARM, "value_0": "NaN"}, {"value_0": "Enter a number, or compare it with ="}),
        ({**ALARM, "value_0": "[1]"}, {"value_0": "Enter a number, or compare it with ="}),
        ({**ALARM, "value_0": "high"}, {"value_0": "Enter a number, or compare it with ="}),
        ({**ALARM, "name": " ", "key_0": ""}, {"name": "Give the alarm a name", "key_0": "Choose a reading"}),
        ({**ALARM, "pending": "soon"}, {"pending": "“soon” is no number"}),
        ({**ALARM, "pending": "-1"}, {"pending": "A time of 0 or more"}),
        ({**ALARM, "pending": "1e300"}, {"pending": "A year at most"}),
        ({**ALARM, "expiry_mins": "nan"}, {"expiry_mins": "“nan” is no number"}),
        ({**ALARM, "expiry_mins": "0"}, {"expiry_mins": "A time above 0"}),
        ({**ALARM, "topic_name": "ä b"}, {"topic_name": "Letters from a to z, digits, dots, - and _, 200 at most"}),
        ({**ALARM, "type_0": "or"}, {"type_0": "Choose one of these"}),
        (
            {**RATE, "rate_threshold_0": "", "window_0": ""},
            {"rate_threshold_0": "Enter a number", "window_0": "Enter a time"},
        ),
        ({**RATE, "operator_0": "eq"}, {"operator_0": "A change is above or below a value, never equal to it"}),
        (
            {**COMPARE, "other_key_0": "", "offset_0": "x"},
            {"other_key_0": "Choose the other reading", "offset_0": "“x” is no number"},
        ),
        ({**ALARM, **HOURS, "from_1": "5"}, {"from_1": "Enter a time of day, such as 05:30"}),
        ({**ALARM, **HOURS, "to_1": "05:00"}, {"to_1": "These hours end when they begin"}),
        (
            {"action": "alarm", "name": "Night", **HOURS},
            {"type_1": "Add a condition on a reading: hours alone make no alarm"},
        ),
    ],
)
@pytest.mark.parametrize("place", ["device", "viewer"])
def test_an_alarm(browse, alice, pump, reach, form, said, place):
    update_aggregate(reach=reach(alice, pump), name="tag_values", data={"t": 31, "u": 30})
    there = {"device": f"/device/{pump.id}/alarms/", "viewer": f"/channels/{pump.id}/tag_values/?panel=alarms"}[place]

    assert list(refused(browse(alice), there, form).items()) == list(_renumbered(said, form).items())
    if place == "device":
        assert refused(browse(alice), there, {**form, "action": "alarm_rehearse"})


def _renumbered(said: dict[str, str], form: dict) -> dict[str, str]:
    """Conditions are numbered anew when they are drawn again: the hours alone become the first."""
    return said if "type_0" in form else {field.replace("_1", "_0"): words for field, words in said.items()}


@pytest.mark.parametrize(
    ("address", "form", "said"),
    [
        ("/report/new/", {**CUSTOM, "from": ""}, {"from": "Give the first day"}),
        ("/report/new/", {**CUSTOM, "to": "2025-01-01"}, {"to": "The last day comes before the first"}),
        ("/report/new/", {**CUSTOM, "from": "2098-01-01", "to": "2098-01-02"}, {"from": "This day has not come yet"}),
        ("/report/new/", {"period": "week", "emails": "ada"}, {"emails": "ada is no e-mail address"}),
        ("/report/schedules/new/", {**CLOCK, "at": "soon"}, {"at": "Enter a time of day, such as 05:30"}),
        ("/report/schedules/new/", {**CLOCK, "zone": "Moon"}, {"zone": "Choose a time zone, such as Europe/Berlin"}),
        (
            "/report/schedules/new/",
            {**CLOCK, "every": "own", "own": "cron(9)"},
            {"own": "No time fits this: write cron(minute hour day month weekday) or rate(6 hours)"},
        ),
        ("/report/schedules/new/", {**CLOCK, "emails": "ada"}, {"emails": "ada is no e-mail address"}),
        ("/dashboard/", {"title": " "}, {"title": "A title is 1 to 100 letters", "group": "Choose a group"}),
        (
            "/map/fences/new/",
            {**CIRCLE, "name": ""},
            {"name": "A name is 1 to 100 letters", "place": "Choose what the fence watches over"},
        ),
        (
            "/device/{pump}/remote/",
            {**TUNNEL, "port": "x", "minutes": "0"},
            {"port": "A whole number from 1 to 65535", "minutes": "A whole number from 1 to 1440"},
        ),
        (
            "/device/{pump}/remote/",
            {**TUNNEL, "ip_restricted": "1"},
            {"addresses": "Name the addresses that may use the tunnel, or let every address"},
        ),
        (
            "/device/{pump}/remote/",
            {**TUNNEL, "addresses": "home"},
            {"addresses": "home is neither an address nor a range such as 203.0.113.0/24"},
        ),
        (
            "/map/fences/new/?device={pump}",
            {**CIRCLE, "lat": "", "radius": "1"},
            {"lat": "A number from −85 to 85", "radius": "A number from 5 to 500,000"},
        ),
        ("/map/fences/new/?device={pump}", {**CIRCLE, "margin": "x"}, {"margin": "A number from 0 to 10,000"}),
        ("/map/fences/new/?device={pump}", {**CORNERS, "points": "1, 2"}, {"points": "A polygon has 3 to 200 corners"}),
        (
            "/map/fences/new/?device={pump}",
            {**CORNERS, "points": "0,0\n1,1\n2,2"},
            {"points": "The corners lie on a line, so nothing can be inside; move one"},
        ),
        (
            "/map/fences/new/?device={pump}",
            {**CORNERS, "points": "here"},
            {"points": "A corner is a line with a latitude, a comma and a longitude: −27.58, 152.43"},
        ),
    ],
)
def test_other_forms(browse, alice, pump, address, form, said):
    assert refused(browse(alice), address.format(pump=pump.id), form) == said


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"kind": "value"}, {"path": "Choose the value that the tile shows"}),
        ({"kind": "gauge", "path": "t", "low": "x", "high": "9"}, {"low": "Enter a number"}),
        (
            {"kind": "gauge", "path": "t", "low": "9", "high": "1"},
            {"high": "A gauge goes from a number to a larger one"},
        ),
        ({"kind": "text"}, {"text": "Write what the tile says"}),
        ({"do": "rename", "title": ""}, {"board-title": "A title is 1 to 100 letters"}),
    ],
)
def test_a_tile(browse, alice, creek, pump, form, said):
    client = browse(alice)
    board = client.post("/dashboard/", {"title": "Night", "group": creek.root_group.id})["Location"]

    assert refused(client, board, {"do": "add", "device": pump.id, **form}) == said


def test_a_report_is_about_what_is_there(browse, alice, creek, pump, mallory):
    client = browse(alice)
    weir = Group.objects.create(organisation=creek, parent=creek.root_group, name="Weir", archived_at=timezone.now())
    gone = "Some of these %s are not there any more. Choose again"
    for address, usual in (("/report/new/", {"period": "week"}), ("/report/schedules/new/", CLOCK)):
        for field, ids in (("devices", [pump.id, 5]), ("devices", ["x"]), ("groups", [weir.id])):
            answer = client.post(address, {**usual, field: ids})
            assert answer.status_code == 400
            assert f'<p class="wrong" id="wrong-{field}">{gone % field}</p>' in answer.content.decode()
        assert client.post(address, {**usual, "devices": [pump.id], "groups": [creek.root_group.id]}).status_code == 302


NUL = "A\x00b"
AT_NUL = "“A␀b” holds an invisible character, at ␀, that cannot be kept. Type it anew"


@pytest.mark.parametrize(
    ("address", "form", "field"),
    [
        ("/device/{pump}/alarms/", {**ALARM, "name": NUL}, "name"),
        ("/report/new/", {"period": "week", "emails": NUL}, "emails"),
        ("/dashboard/", {"title": NUL}, "title"),
        ("/map/fences/new/?device={pump}", {**CIRCLE, "name": NUL}, "name"),
        ("/device/{pump}/remote/", {**TUNNEL, "name": NUL}, "name"),
        ("{board}", {"do": "add", "kind": "text", "text": NUL}, "text"),
    ],
)
def test_what_no_database_keeps_is_told_at_its_field(browse, alice, creek, pump, reach, address, form, field):
    update_aggregate(reach=reach(alice, pump), name="tag_values", data={"t": 1, "u": 2})
    client = browse(alice)
    board = client.post("/dashboard/", {"title": "Night", "group": creek.root_group.id})["Location"]

    assert refused(client, address.format(pump=pump.id, board=board), form) == {field: AT_NUL}


@pytest.mark.parametrize(
    ("address", "form"),
    [
        ("/me/", {"do": "profile", "name": NUL}),
        ("/me/notifications/endpoints/", {"do": "add", "type": "Email", "address": NUL}),
        ("/admin-portal/groups/{group}/", {"do": "create", "name": NUL}),
        ("/admin-portal/roles/organisation/new/", {"name": NUL}),
        ("/report/schedules/new/", {**CLOCK, "emails": NUL}),
        ("/admin-portal/users/invitations/", {"do": "invite", "email": NUL}),
    ],
)
def test_every_form_says_so(browse, alice, creek, pump, level, address, form):
    client = browse(alice)
    places = {"group": creek.root_group.id, "level": level}
    form = {key: text.format(**places) for key, text in form.items()}

    answer = client.post(address.format(**places), form, follow=True)

    assert AT_NUL in answer.content.decode()
