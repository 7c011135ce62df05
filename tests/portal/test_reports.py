"""The pages of reports."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from doover_web.common.snowflake import now_ms
from doover_web.control.models import ReportJob
from doover_web.control.report_run import run_report
from doover_web.control.reports import Reports, reach_of
from doover_web.data.publish import apply_with, post_message, update_aggregate, update_message
from doover_web.data.writes import ChangeMessage
from doover_web.identity.models import Agent, OrganisationRole

from .test_home import make_devices

pytestmark = pytest.mark.django_db


def test_from_nothing_to_a_file(browse, alice, creek, pump, reach):
    post_message(reach=reach(pump, pump), name="tag_values", data={"tank": {"level": 1.5}})
    client = browse(alice)
    assert "No reports yet" in client.get("/report/").content.decode()

    answer = client.post("/report/new/", {"name": "First", "period": "week", "values": "tank.level"})
    assert answer.status_code == 302
    assert "It waits" in client.get(answer["Location"]).content.decode()

    run_report(ReportJob.objects.get().id)
    page = client.get(answer["Location"]).content.decode()
    assert "summary.csv" in page
    assert "1 device, 1 value, without readings in this time." in page
    assert '<td title="tank.level">Level<span class="dv-sub">Tank</span></td>' in page
    assert "First" in client.get("/report/").content.decode()
    assert "<html" not in client.get("/report/?part=list").content.decode()


def test_it_says_how_far_it_is(browse, alice, bob, creek, pump, reach):
    post_message(reach=reach(pump, pump), name="tag_values", data={"tank": {"level": 1.5}})
    client = browse(alice)
    address = client.post("/report/new/", {"name": "First", "period": "week"})["Location"]

    def told():
        both = client.get(f"{address}?part=report"), client.get("/report/?part=list")
        return [one.content.decode() for one in both]

    one, all_ = told()
    assert "It waits for its turn. Asked for" in one
    assert ">Waits<" in all_.replace("</svg>", ">")
    assert "longer than usual" not in one + all_
    ReportJob.objects.update(created_at=timezone.now() - timedelta(minutes=3))
    assert all("longer than usual" in page for page in told())

    job = ReportJob.objects.get()
    assert job.start(timezone.now())
    assert "A worker began" in told()[0]
    job.note(3, 40)
    one, all_ = told()
    assert "3 of 40 devices are read." in one
    assert 'max="40" value="3"' in one
    assert "3 of 40 devices" in all_
    assert "longer than usual" not in one + all_
    ReportJob.objects.update(touched_at=timezone.now() - timedelta(minutes=3), attempts=2)
    one, all_ = told()
    assert "Nothing was heard of the worker" in one
    assert "It was begun anew" in one
    assert "longer than usual" in all_


def test_a_failure_stands_in_the_list_with_its_reason(browse, alice, creek):
    client = browse(alice)
    client.post("/report/new/", {"period": "week"})
    ReportJob.objects.update(attempts=3)

    run_report(ReportJob.objects.get().id)

    assert "The worker that made it stopped each time" in client.get("/report/").content.decode()


@pytest.mark.parametrize(
    ("units", "figures"),
    [("m", ["2", "252.12", "1,000.5", "2"]), ("°", ["—", "345.1° N", "—", "2° N"])],
)
def test_its_lines_stand_on_the_page_with_their_course(browse, alice, creek, pump, reach, units, figures):
    now = now_ms()
    for hours, metres in ((30, 1000.5), (28, 3), (26, 2)):
        ts = now - hours * 3_600_000
        post_message(reach=reach(pump, pump), name="tag_values", data={"tank": {"level": metres}}, ts=ts)
    depth = {"type": "uiVariable", "displayString": "Depth", "units": units, "currentValue": "$tag.app().level:number"}
    page = {"state": {"children": {"tank": {"type": "uiApplication", "children": {"depth": depth}}}}}
    update_aggregate(reach=reach(pump, pump), name="ui_state", data=page)
    client = browse(alice)
    address = client.post("/report/new/", {"period": "week", "values": ["tank.level", "tank.none"]})["Location"]
    run_report(ReportJob.objects.get().id)

    page = client.get(address)

    [level, none] = page.context["sheet"].lines
    assert (level.device, level.value, level.label, level.units) == ("Pump 7", "tank.level", "Depth", units)
    assert [level.lowest, level.mean, level.highest, level.last] == figures
    assert level.spark.line
    assert (none.count, none.label, none.lowest, none.spark) == ("0", "None", "—", None)
    assert page.content.decode().count('class="dv-spark"') == 1


@pytest.mark.parametrize("name", ['=HYPERLINK("http://x")', "@SUM(1+1)", "'=z", "12", "Pump"])
def test_names_stand_there_without_what_guards_the_file(browse, alice, pump, reach, name):
    Agent.objects.filter(pk=pump.pk).update(display_name=name)
    level = {"type": "uiVariable", "displayString": name, "units": name, "currentValue": "$tag.app().level:number"}
    tank = {"type": "uiApplication", "displayString": name, "children": {"level": level}}
    update_aggregate(reach=reach(pump, pump), name="ui_state", data={"state": {"children": {"tank": tank}}})
    post_message(reach=reach(pump, pump), name="tag_values", data={"tank": {"level": 1.5}})
    client = browse(alice)
    address = client.post("/report/new/", {"name": "Week", "period": "week", "values": ["tank.level"]})["Location"]
    run_report(ReportJob.objects.get().id)
    update_aggregate(reach=reach(pump, pump), name="ui_state", data={}, replace_all=True)

    [line] = client.get(address).context["sheet"].lines

    assert [line.device, line.app, line.label, line.units, line.value] == [name] * 4 + ["tank.level"]


def test_moments_are_no_numbers_and_truths_are_shares(browse, alice, creek, pump, reach):
    own, now = reach(pump, pump), now_ms()
    full, seen = 1_796_007_600_000, 1_796_035_000
    for hours, on in ((28, True), (27, False), (25, False)):
        told = {"tank": {"full": full, "last_seen": seen, "on": on, "is_open": on}}
        post_message(reach=own, name="tag_values", data=told, ts=now - hours * 3_600_000)
    update_aggregate(reach=own, name="tag_values", data=told)
    children = {
        "full": {"type": "uiTimestamp", "displayString": "Full at", "currentValue": "$tag.app().full"},
        "on": {"type": "uiVariable", "displayString": "Running", "varType": "bool", "currentValue": "$tag.app().on"},
    }
    tank = {"type": "uiApplication", "displayString": "Main tank", "children": children}
    update_aggregate(reach=own, name="ui_state", data={"state": {"children": {"tank": tank}}})
    client = browse(alice)
    address = client.post("/report/new/", {"name": "Week", "period": "week"})["Location"]
    run_report(ReportJob.objects.get().id)

    lines = {one.label: one for one in client.get(address).context["sheet"].lines}

    assert {one.app for one in lines.values()} == {"Main tank"}
    for label, last in (("Full at", "30 Nov"), ("Last seen", "30 Nov")):
        one = lines[label]
        assert (one.lowest, one.mean, one.highest, one.spark) == ("—", "—", "—", None)
        assert last in one.last
    for label in ("Running", "Is open"):
        assert (lines[label].lowest, lines[label].highest, lines[label].last) == ("No", "Yes", "No")
        assert lines[label].mean.endswith(" %")


def test_what_is_told_on_change_alone_has_a_line_over_dry_days(browse, alice, creek, pump, reach):
    own, now = reach(pump, pump), now_ms()
    for hours in range(7 * 24, 24, -1):
        said = {"sky": {"air": hours % 9}} | ({"sky": {"rain": hours % 3}} if hours in (150, 149, 60, 59) else {})
        post_message(reach=own, name="tag_values", data=said, ts=now - hours * 3_600_000)
    client = browse(alice)
    address = client.post("/report/new/", {"period": "week", "values": ["sky.rain"]})["Location"]
    run_report(ReportJob.objects.get().id)

    [rain] = client.get(address).context["sheet"].lines

    assert rain.count == "4"
    assert rain.spark.line.count("M") == 1
    assert rain.spark.gap == ""


def test_a_direction_that_no_page_shows_is_one_by_its_name(browse, alice, creek, pump, reach):
    own, now = reach(pump, pump), now_ms()
    for hours, degrees in ((30, 350), (29, 10), (28, 350), (27, 10)):
        post_message(reach=own, name="tag_values", data={"sky": {"wind_from": degrees}}, ts=now - hours * 3_600_000)
    update_aggregate(reach=own, name="tag_values", data={"sky": {"wind_from": 190}})
    client = browse(alice)
    address = client.post("/report/new/", {"period": "week"})["Location"]
    run_report(ReportJob.objects.get().id)

    [wind] = client.get(address).context["sheet"].lines

    assert (wind.label, wind.units, wind.lowest, wind.highest, wind.last) == ("Wind from", "°", "—", "—", "10° N")
    assert wind.mean == "0.0° N"


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "x" * 200_000, "device\x00,", "\xff"])
def test_a_file_that_is_no_summary_is_a_file_alone(browse, alice, creek, text):
    client = browse(alice)
    address = client.post("/report/new/", {"period": "yesterday"})["Location"]
    file = SimpleUploadedFile("summary.csv", text.encode("latin-1"), "text/csv")
    apply_with(ChangeMessage(reach_of(creek), "reports", ReportJob.objects.get().id, {"status": "Complete"}), [file])

    page = client.get(address)

    assert page.context["sheet"] is None
    assert "summary.csv" in page.content.decode()


def test_days_are_those_of_the_organisation(browse, alice, creek):
    creek.agent.zone = "Australia/Sydney"
    creek.agent.save()
    form = {"period": "custom", "from": "2026-10-04", "to": "2026-10-04"}  # a day of 23 hours there
    assert browse(alice).post("/report/new/", form).status_code == 302
    [report] = Reports(creek)[0:1]
    assert report.fields["period_end"] - report.fields["period_start"] == 23 * 3600 * 1000


def test_a_single_day_is_told_once(browse, alice, creek):
    client = browse(alice)
    client.post("/report/new/", {"period": "custom", "from": "2026-10-04", "to": "2026-10-04"})
    client.post("/report/new/", {"period": "custom", "from": "2026-10-05", "to": "2026-10-07"})

    page = client.get("/report/").content.decode()

    assert ">4 Oct 2026</td>" in page
    assert ">5 Oct 2026 – 7 Oct 2026</td>" in page


def test_without_a_zone_of_the_organisation_days_are_ones_own(browse, alice, creek):
    creek.agent.zone, alice.zone = "", "Australia/Lord_Howe"
    creek.agent.save()
    alice.save()
    client = browse(alice)

    assert "Whole days in Australia/Lord_Howe" in client.get("/report/new/").content.decode()
    form = {"period": "custom", "from": "2026-10-04", "to": "2026-10-04"}  # a day of 23½ hours there
    assert client.post("/report/new/", form).status_code == 302
    [report] = Reports(creek)[0:1]
    assert report.fields["period_end"] - report.fields["period_start"] == int(23.5 * 3600 * 1000)


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"period": "zzz", "from": "2026-10-03", "to": "2026-10-04"},
        {"period": "custom"},
        {"period": "custom", "from": "2026-10-04", "to": "2026-10-03"},
        {"period": "custom", "from": "9999-12-31", "to": "9999-12-31"},
        {"period": "week", "emails": "nobody"},
    ],
)
def test_what_was_typed_stays_when_it_is_refused(browse, alice, pump, form):
    page = browse(alice).post("/report/new/", {"name": "Kept", "values": "tank.level", "devices": pump.id, **form})
    assert page.status_code == 400
    assert "Kept" in page.content.decode()
    assert f'name="devices" value="{pump.id}" checked' in page.content.decode()
    assert 'name="values" value="tank.level" checked' in page.content.decode()
    assert not ReportJob.objects.exists()


def test_again_and_away(browse, alice, creek):
    client = browse(alice)
    address = client.post("/report/new/", {"period": "yesterday"})["Location"]
    run_report(ReportJob.objects.get().id)
    assert client.post(address, {"do": "repeat"}).status_code == 302
    assert client.post(address, {"do": "repeat"}).status_code == 409
    assert client.post(address, {"do": "delete"}).status_code == 302
    assert client.get(address).status_code == 404


@pytest.mark.parametrize(
    "said",
    [
        {"period_start": "soon", "period_end": []},
        {"period_start": -62135596800000, "period_end": -62135596800000},
        {"period_start": 1e300, "period_end": True, "status": {}},
        {"period_start": 5, "period_end": 4},
        {},
    ],
)
def test_a_report_with_an_odd_period_is_listed_and_fails_alone(browse, alice, creek, said):
    client = browse(alice)
    address = client.post("/report/new/", {"name": "Odd", "period": "yesterday"})["Location"]
    job = ReportJob.objects.get()
    fields = {"period_start": None, "period_end": None} | said
    update_message(reach=reach_of(creek), name="reports", message_id=job.id, data=fields)

    assert "Odd" in client.get("/report/").content.decode()
    assert client.get(address).status_code == 200
    run_report(job.id)
    assert "make a new report" in client.get(address).content.decode()


def test_who_may_look_makes_none(browse, bob):
    assert browse(bob).get("/report/").status_code == 200
    assert browse(bob).get("/report/new/").status_code == 403


def test_without_devices_the_form_says_so(browse, alice):
    page = browse(alice).get("/report/new/").content.decode()
    assert "There is no device yet" in page
    assert "every number of each device" not in page  # there is nothing to choose from


def test_guests_read_no_reports(browse, api, alice, bob, creek, pump, reach):
    post_message(reach=reach(pump, pump), name="tag_values", data={"tank": {"level": 1.5}})
    address = browse(alice).post("/report/new/", {"period": "week", "values": "tank.level"})["Location"]
    run_report(ReportJob.objects.get().id)
    pages = ["/report/", address, "/report/schedules/"]
    channel = f"/api/agents/{creek.id}/channels/reports/messages"
    assert {page: browse(bob).get(page).status_code for page in pages} == dict.fromkeys(pages, 200)
    assert api(bob).get(channel).status_code == 200
    assert 'href="/report/"' in browse(bob).get("/").content.decode()

    bob.memberships.update(role=OrganisationRole.objects.built_in("Guest"))
    pages.append("/report/new/")
    assert {page: browse(bob).get(page).status_code for page in pages} == dict.fromkeys(pages, 404)
    assert api(bob).get(channel).status_code == 404
    assert 'href="/report/"' not in browse(bob).get("/").content.decode()


def test_strangers_find_nothing(browse, alice, mallory):
    address = browse(alice).post("/report/new/", {"period": "yesterday"})["Location"]
    assert browse(mallory).get(address).status_code == 404


@pytest.fixture
def named(pump, reach):
    """Pump 7 calls two of its values by names."""
    depth = {"type": "uiVariable", "displayString": "Depth", "units": "m", "currentValue": "$tag.app().level:number"}
    mode = {
        "type": "uiVariable",
        "displayString": "Mode",
        "varType": "string",
        "currentValue": "$tag.app().mode:string",
    }
    tank = {"type": "uiApplication", "displayString": "Main tank", "children": {"depth": depth, "mode": mode}}
    update_aggregate(reach=reach(pump, pump), name="ui_state", data={"state": {"children": {"tank": tank}}})


def test_values_are_chosen_by_their_names(browse, alice, creek, pump, named):
    other = make_devices(creek, 1)[0]
    client = browse(alice)
    form = client.get("/report/new/").content.decode()
    assert "Main tank · Depth (m)" in form
    assert ">Pump 7</span>" in form
    assert "Mode" not in form

    without = client.post("/report/new/", {"do": "values", "devices": other.id, "values": "tank.level", "name": "Kept"})
    assert without.status_code == 200
    assert "Main tank" not in without.content.decode()
    assert 'value="tank.level" checked' in without.content.decode()
    assert 'value="Kept"' in without.content.decode()
    part = client.post("/report/schedules/new/", {"part": "values", "devices": pump.id}).content.decode()
    assert "Main tank · Depth (m)" in part
    assert "<html" not in part
    assert not ReportJob.objects.exists()


def test_many_devices_cost_as_many_queries_as_one(browse, alice, creek, named, statements):
    client = browse(alice)
    client.get("/report/new/")
    few = statements(lambda: client.get("/report/new/"))
    make_devices(creek, 20)

    assert statements(lambda: client.get("/report/new/")) == few
