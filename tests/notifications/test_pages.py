"""What one was told, as a list and below the bell; and what an organisation sent."""

from datetime import timedelta

import pytest
from django.utils import timezone

from doover_web.common.snowflake import first_id_of
from doover_web.data.actions.alarm import create_alarm
from doover_web.data.publish import update_aggregate
from doover_web.notifications import rules
from doover_web.notifications.kinds import Kind
from doover_web.notifications.models import Endpoint, Notification, Preference

from .conftest import ENDPOINTS, TOLD, WISHES, endpoint_of, words


def test_what_one_was_told(alice, bob, pump, mail, wants, says, deliver, browse):
    wants(alice, pump)
    says(pump, "Battery <b>low</b>", title="Bore 4", severity=7)
    deliver()
    page = browse(alice)

    assert 'aria-label="Notifications, 1 new"' in words(page.get("/"))
    shown = words(page.get(TOLD))
    assert shown.count('class="dv-new-mark"') == 1
    assert "dv-new-mark" not in words(page.get(TOLD))  # it was looked at
    assert "Battery &lt;b&gt;low&lt;/b&gt;" in shown
    assert "Work: sent" in shown
    assert "Critical" in shown
    assert 'aria-label="Notifications"' in words(page.get("/"))  # it was looked at
    assert "Battery" not in words(page.get(f"{TOLD}?search=nothing+like+it"))
    assert "Battery" in words(page.get(f"{TOLD}?severity=Critical&search=pump"))
    assert "Battery" not in words(browse(bob).get(TOLD))


def test_what_is_brought_later_stands_where_it_belongs(alice, pump, mail, wants, says, deliver, browse):
    wants(alice, pump)
    says(pump, "of today")
    then = int((timezone.now() - timedelta(days=2)).timestamp() * 1000)
    says(pump, "of two days ago", message_id=first_id_of(then))

    shown = words(browse(alice).get(TOLD))

    assert shown.index("of today") < shown.index("of two days ago")


def test_an_alarm_is_called_and_coloured_as_everywhere(alice, pump, mail, wants, says, browse):
    wants(alice, pump)
    says(pump, "Suction too low", severity=6, topic="dev/alarms/default/suction/triggered")
    says(pump, "Suction as it should be", topic="dev/alarms/default/suction/cleared")
    says(pump, "Filter is due", severity=6, topic="dev/applications/default/pump_1/filter")

    rows = words(browse(alice).get(TOLD)).split("<tr")[2:]

    told = {row.split('dv-told">')[1].split("<")[0]: row.split('class="dv-badge')[1] for row in rows}
    assert told["Suction too low"].startswith(' is-bad"')
    assert ">Alarm<" in told["Suction too low"]
    assert ">OK<" in told["Suction as it should be"]
    assert told["Filter is due"].startswith(' is-warn"')
    assert ">Warning<" in told["Filter is due"]


def test_before_any_address_one_is_led_to_add_one(alice, pump, wants, says, deliver, browse):
    endpoint_of(alice, Kind.Placeholder, {})
    wants(alice, pump)
    says(pump, "Battery low")
    deliver()

    shown = words(browse(alice).get(TOLD))

    assert f'There is no address to send it to yet. <a href="{ENDPOINTS}">Add an address</a>' in shown
    assert "sends nothing" not in shown
    known = words(browse(alice).get(ENDPOINTS))
    assert "No address yet" in known
    assert "sends nothing" not in known
    assert "Send a test" not in known


def test_what_an_old_client_left_is_called_as_people_call_it(alice, pump, wants, says, browse):
    """A placeholder is no kind to choose, and no word to read."""
    wants(alice, pump)
    says(pump, "Battery low")  # still waits for its job

    page = browse(alice)
    for address in (TOLD, WISHES, ENDPOINTS):
        assert "Placeholder" not in words(page.get(address)), address
        assert "on its way" not in words(page.get(address))
    assert "There is no address to send it to yet." in words(page.get(TOLD))
    assert "Placeholder" not in words(page.get("/admin-portal/notifications/"))
    page.post(ENDPOINTS, {"do": "delete", "endpoint": Endpoint.objects.get().id})
    assert "Placeholder" not in words(page.get(ENDPOINTS))


def test_what_it_is_about_stands_in_words(alice, pump, mail, wants, says, browse, reach):
    tank = {"type": "uiApplication", "displayString": "Main tank", "children": {}}
    update_aggregate(reach=reach(alice, pump), name="ui_state", data={"state": {"children": {"tank_1": tank}}})
    body = {"name": "Tank is low", "key": "t", "operator": "lt", "value": 3, "topic_name": "tank_low"}
    update_aggregate(reach=reach(alice, pump), name="tag_values", data={"t": 5})
    create_alarm(reach=reach(alice, pump), name="tag_values", body=body)
    wants(alice, pump, topic_filter=["dev/.*|legacy/.*"], topic_filter_mode="regex")
    for topic in (
        "dev/alarms/default/tank_low/triggered",
        "dev/alarms/default/long_gone/triggered",
        "dev/applications/default/tank_1/filter_due",
        "dev/applications/opt-in/old_pump/",
        "pump_7/door",
        "dev/of/another/kind",
    ):
        says(pump, "Hear", topic=topic)

    shown = words(browse(alice).get(TOLD))

    says(pump, "Tank is low: t < 3 (t is 2)", topic="dev/alarms/default/tank_low/triggered")
    assert words(browse(alice).get(TOLD)).count("Alarm “Tank is low”") == 1  # its sentence names it

    told = [row.split('class="dv-sub" title="')[1].split("<")[0].split('">') for row in shown.split("<tr")[2:]]
    assert [topic for _raw, topic in told][::-1] == [
        "Alarm “Tank is low”",
        "Alarm “long gone”",
        "Main tank · filter due",
        "old pump",
        "pump 7/door",
        "dev/of/another/kind",
    ]
    assert told[-1][0] == "dev/alarms/default/tank_low/triggered"  # for whoever writes a filter


def test_new_ones_come_in_by_themselves(alice, pump, mail, wants, says, browse):
    wants(alice, pump)
    says(pump, "Battery low")
    page = browse(alice)
    page.get(TOLD)
    [before] = Preference.objects.values_list("seen_id", flat=True)

    opened = words(page.get(TOLD))
    assert f'<fresh-part src="?part=list&amp;seen={before}"' in opened
    says(pump, "Battery lower")
    for _ in range(2):  # it stays new as long as the page is open, however often that reads
        part = words(page.get(f"{TOLD}?part=list&seen={before}"))
        assert "<html" not in part
        assert part.count('class="dv-new-mark"') == 1
        assert part.index("Battery lower") < part.index("Battery low<")
    assert 'aria-label="Notifications"' in words(page.get("/"))  # it was looked at
    assert page.get(f"{TOLD}?part=list&seen=x").status_code == 200


def test_the_list_and_the_mail_speak_german(alice, pump, mail, wants, says, deliver, browse, mailoutbox):
    alice.language = "de"
    alice.save()
    wants(alice, pump, topic_filter=["dev/.*"], topic_filter_mode="regex")
    low = {"topic": "dev/alarms/default/low/triggered", "severity": 6}
    says(pump, "Tank low: Level < 20 % (Level is 12 %)", **low)
    says(pump, "It is back online.", topic="dev/connection/opt-in/online")
    says(pump, "Pump 7 left Yard", title="Yard", topic="dev/geofence/default/5/left")
    deliver()

    shown = words(browse(alice).get(TOLD))
    bodies = "".join(one.body for one in mailoutbox)

    for said in ("Tank low — Level 12 %, unter 20 %", "Es ist wieder online.", "Pump 7 hat Yard verlassen"):
        assert said in shown
        assert said in bodies
    assert " · Alarm · " in bodies
    assert Notification.objects.earliest("id").message == "Tank low: Level < 20 % (Level is 12 %)"


def test_values_are_told_by_their_names(alice, pump, wants, says, deliver, browse, reach):
    hot = {"type": "uiVariable", "displayString": "Heat", "units": "°C", "currentValue": "$tag.app().t:number"}
    page = {"state": {"children": {"tank": {"displayString": "Main tank", "children": {"heat": hot}}}}}
    update_aggregate(reach=reach(alice, pump), name="ui_state", data=page)
    wants(alice, pump)
    says(pump, "Too hot: tank.t > 30 (tank.t is 31), tank.tx stays")
    deliver()

    assert "Too hot: Main tank · Heat &gt; 30 °C (Main tank · Heat is 31 °C), tank.tx stays" in words(
        browse(alice).get(TOLD)
    )


def test_a_list_costs_the_same_however_long(alice, pump, mail, flood, browse, statements):
    page = browse(alice)

    def cost(count):
        Notification.objects.all().delete()
        flood(mail, count)
        page.get(TOLD)
        return statements(lambda: page.get(TOLD))

    assert cost(2) == cost(12)


def test_what_an_organisation_sent(alice, bob, mallory, pump, wants, says, deliver, browse):
    wants(bob, pump, endpoint_of(bob, extra={"email": "secret@example.com"}))
    says(pump, "Battery low")
    deliver()

    sent = words(browse(alice).get("/admin-portal/notifications/?status=sent&search=battery"))
    assert "Battery low" in sent
    assert "Bob Tran" in sent
    assert "secret@" not in sent
    assert "Battery low" not in words(browse(alice).get("/admin-portal/notifications/?status=failed"))
    csv = b"".join(browse(alice).get("/admin-portal/notifications/download/").streaming_content).decode()
    assert "Battery low,Bob Tran,Work,Email,sent,1" in csv
    assert browse(bob).get("/admin-portal/notifications/").status_code == 403
    assert "Battery low" not in words(browse(mallory).get("/admin-portal/notifications/"))


PANEL = "/me/notifications/panel/"


def test_the_panel_of_the_bell_has_the_newest_and_marks_them_read(alice, bob, pump, mail, wants, says, deliver, browse):
    wants(alice, pump)
    for n in range(22):
        says(pump, f"Note-{n}; <b>low</b>", severity=7)
    deliver()
    page = browse(alice)

    shown = words(page.get(PANEL))
    assert [n for n in range(22) if f"Note-{n};" in shown] == list(range(2, 22))
    assert shown.index("Note-21;") < shown.index("Note-2;")
    assert "&lt;b&gt;low" in shown
    assert shown.count('class="is-new"') == 20
    assert "Notifications, 22 new" in shown
    assert f'href="/device/{pump.id}' in shown
    assert "Critical" in shown
    newest = Notification.objects.order_by("id").last().id
    read = words(page.post(PANEL, {"up_to": newest}))
    assert 'class="is-new"' not in read
    assert "Mark all read" not in read
    assert 'aria-label="Notifications"' in words(page.get("/me/notifications/bell/"))
    assert "Note-" not in words(browse(bob).get(PANEL))


@pytest.mark.parametrize("number", ["", "x", "-1", "9" * 30, "²"])
def test_a_panel_is_read_up_to_a_number(browse, alice, number):
    assert browse(alice).post(PANEL, {"up_to": number}).status_code == 400


def test_nobody_reads_further_than_there_is(alice, pump, mail, wants, says, deliver, browse):
    browse(alice).post(PANEL, {"up_to": "9" * 18})
    wants(alice, pump)
    says(pump, "Later")
    deliver()

    assert 'class="is-new"' in words(browse(alice).get(PANEL))


def test_a_panel_costs_the_same_however_long(alice, mail, flood, browse, statements):
    page = browse(alice)

    def cost(count):
        Notification.objects.all().delete()
        flood(mail, count)
        page.get(PANEL)
        return statements(lambda: page.get(PANEL))

    assert cost(2) == cost(12)


def test_the_connection_has_words_that_are_those_of_no_other_channel(
    alice, pump, mail, wants, reach, deliver, browse, mailoutbox
):
    at = reach(alice, pump)
    wants(alice, pump)
    for name, channel in (("Away", "doover_connection"), ("Soil", "probe")):
        body = {"name": name, "key": "determination", "operator": "eq", "value": "Offline"}
        update_aggregate(reach=at, name=channel, data={"status": {"status": "x"}, "determination": "Online"})
        create_alarm(reach=at, name=channel, body=body)
        update_aggregate(reach=at, name=channel, data={"determination": "Offline"})
    rules.drain_all()
    deliver()

    shown = words(browse(alice).get(TOLD))
    bodies = "".join(one.body for one in mailoutbox)

    for said in ("Away — connection is offline", "Soil — determination Offline"):
        assert said in shown
        assert said in bodies
