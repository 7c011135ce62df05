"""A German page has no English left in it, but for names: one page of each area is looked through."""

import re
from datetime import UTC, datetime
from html import unescape

import pytest
from django.test import Client
from django.utils.translation import override

from doover_web.data.publish import update_aggregate
from doover_web.pages import words
from portal.ui.dates import written
from portal.ui.drawing import time_words
from portal.ui.values import number_text
from portal.ui.wording import figure

WEEK = 7 * 86_400_000
pytestmark = pytest.mark.django_db
# Words that no German page has; "Alarm", "Name" or "Dashboard" are in both languages.
ENGLISH = re.compile(
    r"\b(the|and|with|this|that|your|you|nothing|nobody|yet|device|devices|channel|channels|state|settings"
    r"|search|sign|account|password|from|show|choose|people|messages|rights|not|never|see|of)\b",
    re.IGNORECASE,
)
SEEN = re.compile(r"""(?:aria-label|title|placeholder|alt)="([^"]+)"|>([^<>]+)<""")


def words_of(page):
    """What somebody reads of it or hears: without code, with attributes that are spoken."""
    bare = re.sub(r"(?s)<(script|style|svg|pre|code|select|textarea)\b.*?</\1>|<!--.*?-->", " ", page)
    bare = re.sub(r'(?s)<(\w+)[^>]*class="[^"]*dv-mono[^"]*"[^>]*>.*?</\1>', " ", bare)
    return [unescape(one or other).strip() for one, other in SEEN.findall(bare)]


def english_in(page):
    return [words for words in words_of(page) if ENGLISH.search(words)]


def german(client, address):
    answer = client.get(address, headers={"accept-language": "de"})
    assert answer.status_code == 200
    page = answer.content.decode()
    assert '<html lang="de"' in page
    return page


@pytest.mark.parametrize("address", ["/accounts/login/", "/accounts/password/reset/"])
def test_before_somebody_is_in(address):
    assert english_in(german(Client(), address)) == []


@pytest.mark.parametrize("address", [
    "/", "/device/{pump}/", "/alarms/", "/activity/", "/map/", "/map/fences/", "/dashboard/", "/report/",
    "/report/schedules/", "/report/schedules/new/", "/search/", "/help/", "/me/",
    "/me/sessions/", "/me/notifications/", "/me/notifications/endpoints/", "/channels/",
    "/channels/{pump}/", "/admin-portal/", "/admin-portal/users/", "/admin-portal/groups/", "/admin-portal/audit/",
    "/admin-portal/devices/", "/admin-portal/rollouts/",
    "/cameras/", "/remote/", "/report/new/", "/me/notifications/subscriptions/", "/accounts/password/change/",
    "/accounts/email/", "/accounts/2fa/", "/accounts/2fa/webauthn/", "/oauth2/device", "/offline/",
    "/device/{pump}/alarms/", "/device/{pump}/alarms/?alarm=new", "/device/{pump}/activity/", "/device/{pump}/people/",
    "/device/{pump}/remote/", "/device/{pump}/details/", "/group/{root}/people/", "/search/?q=zz",
    "/connections/{pump}/",
    "/channels/{pump}/ui_state/", "/channels/{pump}/ui_state/?panel=alarms", "/channels/{pump}/ui_state/?panel=chart",
    "/channels/{pump}/ui_state/?panel=csv", "/channels/{pump}/ui_state/?panel=keeping",
    "/channels/{pump}/ui_state/?panel=subscriptions", "/channels/{pump}/ui_state/?panel=one-shot",
    "/channels/{pump}/ui_state/?panel=calls", "/channels/{pump}/ui_state/?publish=1",
])  # fmt: skip
def test_inside(browse, alice, creek, pump, reach, address):
    update_aggregate(reach=reach(alice, pump), name="ui_state", data={})
    here = address.format(pump=pump.id, root=creek.root_group.id)

    assert english_in(german(browse(alice), here)) == []


def test_it_would_be_found():
    assert english_in('<p title="Gerät">Kein Gerät</p><p aria-label="No device">·</p>') == ["No device"]


def test_drawings_keep_their_points(browse, alice, pump):
    drawn = re.findall(r'<rect class="\w+" x="([^"]*)" width="([^"]*)"', german(browse(alice), "/"))
    assert drawn
    assert all(float(number) >= 0 for pair in drawn for number in pair)


def test_numbers_and_days_are_written_as_in_german():
    moment = datetime(2025, 12, 2, 5, 52, tzinfo=UTC)
    with override("de"):
        assert [number_text(31635.5, 1), number_text(-0.04, 2), figure(1250)] == ["31.635,5", "−0,04", "1.250"]
        assert [words.on_day(moment, datetime(2026, 1, 1, tzinfo=UTC)), time_words(1_764_633_600_000, WEEK, UTC)] == [
            "2. Dez 2025",
            "2. Dez",
        ]
        assert words.day_heading(moment, moment.replace(day=9)) == "Dienstag, 2. Dezember"
        assert written(moment, "ddd D MMM HH:mm") == "Di 2 Dez 05:52"
    with override("en-au"):
        assert [number_text(31635.5, 1), words.day_heading(moment, moment.replace(day=9))] == [
            "31,635.5",
            "Tuesday 2 December",
        ]


def test_what_is_named_by_itself_is_named_in_german(browse, alice, creek, pump):
    client, in_german = browse(alice), {"headers": {"accept-language": "de"}}
    client.post("/report/new/", {"period": "yesterday", "values": "level"}, **in_german)
    assert "Flottenbericht" in german(client, "/report/")

    client.post("/me/notifications/subscriptions/", {"do": "add", "to": pump.id, "severity": "5", "endpoint": ""})
    assert "<th>Themen</th>" in german(client, "/me/notifications/subscriptions/")
    assert 'placeholder="Name, Nr., Gruppe, Marke"' in german(client, "/")


def test_an_address_is_ready_and_not_finished(browse, alice):
    client = browse(alice)
    form = {"do": "add", "type": "Http", "address": "https://hooks.example.com/"}
    client.post("/me/notifications/endpoints/", form)
    assert ">Bereit</span>" in german(client, "/me/notifications/endpoints/")
