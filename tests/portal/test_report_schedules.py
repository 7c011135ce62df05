"""Reports that come by themselves: their pages, and how often in words."""

from datetime import timedelta

import pytest
from django.utils import timezone

from doover_web.control.actions.on_organisation import create_and_deploy
from doover_web.control.fleet_report import generator
from doover_web.control.models import AppInstall, ReportSchedule
from doover_web.control.report_schedules import create_due
from doover_web.control.reports import Reports
from doover_web.identity.models import AuditEntry
from portal.rhythm import Rhythm, in_words, rhythm_of, written

pytestmark = pytest.mark.django_db
MONDAYS = {"every": "week", "at": "08:00", "weekday": "1", "zone": "Australia/Sydney", "do": "save"}


@pytest.fixture
def weekly(browse, alice, creek):
    """Alice set up a report that comes on Mondays; the address of its page."""
    browse(alice).post("/report/schedules/new/", {**MONDAYS, "name": "Week in short"})
    return f"/report/schedules/{AppInstall.objects.get(display_name='Week in short').id}/"


def test_it_is_set_up_and_comes(browse, alice, creek):
    client = browse(alice)
    assert "No report comes by itself" in client.get("/report/schedules/").content.decode()

    form = {**MONDAYS, "name": "Week in short", "values": "tank.level", "emails": "ada@example.com"}
    assert client.post("/report/schedules/new/", form).status_code == 302

    page = client.get("/report/schedules/").content.decode()
    assert "Week in short" in page
    assert "Every Monday at 08:00" in page
    assert page.count("<time datetime=") == 3
    assert AuditEntry.objects.filter(action="app.installed").exists()
    ReportSchedule.objects.update(next_at=timezone.now() - timedelta(minutes=1))
    create_due()
    [report] = Reports(creek)[0:1]
    assert report.name == "Week in short"
    assert report.fields["config"]["values"] == ["tank.level"]


def test_a_new_one_begins_in_ones_own_zone(browse, alice, weekly):
    alice.zone = "Australia/Brisbane"
    alice.save()
    client = browse(alice)

    assert "<option selected>Australia/Brisbane</option>" in client.get("/report/schedules/new/").content.decode()
    assert "<option selected>Australia/Sydney</option>" in client.get(weekly).content.decode()


def test_what_is_there_stands_in_its_form_and_can_be_changed(browse, alice, weekly):
    client = browse(alice)
    assert 'value="Week in short"' in client.get(weekly).content.decode()
    client.post(weekly, {**MONDAYS, "name": "Month", "every": "month", "day": "3", "at": "06:30"})
    config = AppInstall.objects.get(display_name="Month").deployment_config
    assert config["dv_proc_schedules"] == "cron(30 6 3 * *)"


def test_off_and_on_and_away(browse, alice, weekly):
    client = browse(alice)
    client.post(weekly, {"do": "off"})
    assert ReportSchedule.objects.get().next_at is None
    assert "Switch on" in client.get("/report/schedules/").content.decode()
    client.post(weekly, {"do": "on"})
    assert ReportSchedule.objects.get().next_at is not None
    client.post(weekly, {"do": "delete"})
    assert client.get(weekly).status_code == 404


def test_choosing_devices_keeps_nothing_before_it_is_saved(browse, alice, weekly):
    """A script sends the form as it stands, without a button, for the values of what was ticked."""
    client, form = browse(alice), {key: value for key, value in MONDAYS.items() if key != "do"}
    for address in ("/report/schedules/new/", weekly):
        part = client.post(address, {**form, "name": "Other", "part": "values"})
        assert (part.status_code, "data-values" in part.content.decode()) == (200, True)

    assert [one.display_name for one in AppInstall.objects.all()] == ["Week in short"]


def test_a_preview_keeps_nothing(browse, alice):
    page = browse(alice).post("/report/schedules/new/", {**MONDAYS, "name": "Tried", "do": "preview"})
    assert page.status_code == 200
    assert page.content.decode().count("<time class=") == 5
    assert not AppInstall.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"at": "late"},
        {"every": "own", "own": "cron(99 8 * * *)"},
        {"every": "own", "own": ""},
        {"every": "own", "own": "disabled"},
        {"zone": "Atlantis"},
        {"emails": "nobody"},
    ],
)
def test_what_does_not_fit_is_said_and_kept(browse, alice, wrong):
    page = browse(alice).post("/report/schedules/new/", {**MONDAYS, "name": "Kept", **wrong})
    assert page.status_code == 400
    assert 'value="Kept"' in page.content.decode()
    assert not AppInstall.objects.exists()


def test_who_may_look_sees_the_times_alone(browse, bob, weekly):
    page = browse(bob).get("/report/schedules/").content.decode()
    assert "Every Monday at 08:00" in page
    assert "Switch off" not in page
    assert browse(bob).get(weekly).status_code == 403
    assert browse(bob).post(weekly, {"do": "off"}).status_code == 403


def test_strangers_find_nothing(browse, mallory, weekly):
    assert browse(mallory).get(weekly).status_code == 404
    assert "Week in short" not in browse(mallory).get("/report/schedules/").content.decode()


def test_many_cost_as_many_queries_as_one(browse, alice, creek, weekly, statements):
    client = browse(alice)
    client.get("/report/schedules/")
    few = statements(lambda: client.get("/report/schedules/"))
    for number in range(4):
        fields = {"display_name": f"No {number}", "deployment_config": {"dv_proc_schedules": "rate(6 hours)"}}
        create_and_deploy(organisation=creek, application=generator(), fields=fields, by=None)

    assert statements(lambda: client.get("/report/schedules/")) == few


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("cron(0 8 * * *)", "Every day at 08:00"),
        ("cron(0 8 1 * ?)", "On day 1 of every month at 08:00"),
        ("cron(30 17 * * 0)", "Every Sunday at 17:30"),
        ("rate(1 hour)", "Every hour"),
        ("rate(6 hours)", "Every 6 hours"),
        ("disabled", "Never by itself"),
        ("cron(0 8 * * 1-5)", "cron(0 8 * * 1-5)"),
        ("cron(0 8 31 * *)", "cron(0 8 31 * *)"),
    ],
)
def test_how_often_in_words(text, words):
    assert in_words(text) == words


@pytest.mark.parametrize("text", ["cron(5 6 * * *)", "cron(5 6 * * 4)", "cron(5 6 28 * *)", "cron(0 0 1 1 ?)", "x"])
def test_a_schedule_comes_through_its_form_unchanged(text):
    assert written(rhythm_of(text)) == text


def test_a_time_that_is_none_is_no_schedule():
    assert written(Rhythm(at="24:00")) == ""
