"""Reports: asked for, made by a worker, made again, and by the clock."""

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.core import mail
from django.utils import timezone

from doover_web.common.snowflake import now_ms
from doover_web.common.wire import BadRequest, Conflict, Forbidden, NotFound
from doover_web.control import fleet_report
from doover_web.control.actions.report import create_report, delete_report, repeat_report
from doover_web.control.events import DeployWanted, RemovalWanted
from doover_web.control.models import AppInstall, Application, ReportJob, ReportSchedule
from doover_web.control.report_run import run_report, stale_reports
from doover_web.control.report_schedules import create_due, heard
from doover_web.control.reports import Reports, report_of
from doover_web.data.blobs import storage
from doover_web.data.models import Attachment, Blob
from doover_web.data.publish import post_message, update_aggregate
from doover_web.identity.auth import caller_of_user
from doover_web.identity.models import Agent, AuditEntry

pytestmark = pytest.mark.django_db
HOUR = 3600 * 1000
DAY = 24 * HOUR


@pytest.fixture
def level(reach, pump):
    """Pump 7 told its level four times, the last of them yesterday."""
    here = reach(pump, pump)
    now = now_ms()
    for days, metres in ((10, 9.0), (3, 1.0), (2, 4.0), (1, 2.5)):
        post_message(reach=here, name="tag_values", data={"tank": {"level": metres}}, ts=now - days * DAY)
    update_aggregate(reach=here, name="tag_values", data={"tank": {"level": 2.5, "fault": "none"}})
    return "tank.level"


@pytest.fixture
def asked(creek, alice):
    """`asked(config)`: Alice asked for a report about the last week; its id."""

    def ask(config=None, **changes):
        wanted = {"name": "Week", "config": config or {}, "period": (now_ms() - 7 * DAY, now_ms()), **changes}
        application = wanted.pop("application", None) or fleet_report.generator()
        by = caller_of_user(wanted.pop("by", alice))
        return create_report(organisation=creek, application=application, by=by, **wanted)

    return ask


def contents(report, name):
    [file] = [one for one in report.files if one.filename == name]
    blob = Blob.objects.get(agent_id=report.organisation.id, id=file.blob_id)
    with storage().open(blob.name) as opened:
        return list(csv.DictReader(io.StringIO(opened.read().decode())))


def test_it_tells_what_the_numbers_did(creek, asked, pump, level):
    report_id = asked()
    assert report_of(creek, report_id).status == "Generating"

    run_report(report_id)

    report = report_of(creek, report_id)
    assert report.status == "Complete"
    assert report.fields["devices"] == [str(pump.id)]
    [row] = contents(report, "summary.csv")
    assert (row["device"], row["value"], row["count"]) == ("Pump 7", level, "3")
    assert [float(row[key]) for key in ("lowest", "highest", "first", "last")] == [1.0, 4.0, 1.0, 2.5]
    assert float(row["mean"]) == pytest.approx(2.875)  # of the two days, not of the three messages
    assert len(contents(report, "course.csv")) == 3
    assert AuditEntry.objects.filter(action="report.created", subject_id=creek.id).count() == 1


def test_only_what_the_one_who_asked_may_read(creek, asked, level, pump, alice):
    other = Agent.objects.create(kind="device", organisation=creek, name="pump-8")
    report_id = asked({"dv_proc_extended_permissions": {"devices": [str(other.id)]}})
    alice.is_active = False
    alice.save()

    run_report(report_id)

    report = report_of(creek, report_id)
    assert (report.status, report.fields["logs"]) == ("Failed", "The account that asked for this report is closed")
    assert not report.files


@pytest.mark.parametrize("key", ["devices", "groups"])
def test_what_is_not_there_is_refused(asked, pump, mallory, key):
    far = Agent.objects.create(kind="device", organisation=mallory.memberships.get().organisation, name="far")

    with pytest.raises(BadRequest) as refused:
        asked({"dv_proc_extended_permissions": {key: [str(far.id)]}})

    assert list(refused.value.errors) == [f"config.dv_proc_extended_permissions.{key}"]
    asked({"dv_proc_extended_permissions": {key: [str(far.id)], "all_devices": True}})


def test_chosen_devices_and_values(creek, asked, level, pump):
    other = Agent.objects.create(kind="device", organisation=creek, name="pump-8")
    chosen = asked({"dv_proc_extended_permissions": {"devices": [str(other.id)]}, "values": [level]})
    group = asked({"dv_proc_extended_permissions": {"groups": [str(creek.root_group.id)]}, "values": ["no.such"]})
    for one in (chosen, group):
        run_report(one)

    assert report_of(creek, chosen).fields["devices"] == [str(other.id)]
    assert sorted(report_of(creek, group).fields["devices"]) == sorted([str(pump.id), str(other.id)])
    assert [row["count"] for row in contents(report_of(creek, group), "summary.csv")] == ["0"]


def test_names_do_not_run_in_a_spreadsheet(creek, asked, level, pump):
    Agent.objects.filter(pk=pump.pk).update(display_name='=HYPERLINK("http://x")')
    report_id = asked()
    run_report(report_id)
    assert contents(report_of(creek, report_id), "summary.csv")[0]["device"].startswith("'=")


def test_a_worker_that_dies_is_followed_by_another(creek, asked, level):
    report_id = asked()
    job = ReportJob.objects.get(pk=report_id)
    assert job.start(timezone.now())
    run_report(report_id)  # another is at it
    assert report_of(creek, report_id).status == "Generating"

    ReportJob.objects.update(touched_at=timezone.now() - timedelta(minutes=10))
    assert stale_reports() == [report_id]
    run_report(report_id)
    assert report_of(creek, report_id).status == "Complete"
    assert stale_reports() == []


def test_it_is_given_up_after_some_tries(creek, asked, level):
    report_id = asked()
    ReportJob.objects.update(attempts=3)
    run_report(report_id)
    assert report_of(creek, report_id).status == "Failed"


def test_one_that_takes_too_long_says_so(creek, asked, level, monkeypatch):
    def slow(*_):
        raise SoftTimeLimitExceeded

    monkeypatch.setattr(fleet_report, "write", slow)
    report_id = asked()

    run_report(report_id)

    report = report_of(creek, report_id)
    assert (report.status, report.fields["logs"][:32]) == ("Failed", "It took longer than a report may")


def test_again_and_away(creek, asked, level, alice):
    report_id = asked()
    with pytest.raises(Conflict):
        repeat_report(report=report_of(creek, report_id), by=caller_of_user(alice))
    run_report(report_id)
    repeat_report(report=report_of(creek, report_id), by=caller_of_user(alice))
    assert report_of(creek, report_id).status == "Generating"
    run_report(report_id)
    assert sorted(one.filename for one in report_of(creek, report_id).files) == ["course.csv", "summary.csv"]

    delete_report(report=report_of(creek, report_id), by=caller_of_user(alice))
    with pytest.raises(NotFound):
        report_of(creek, report_id)
    assert not Attachment.objects.filter(message_id=report_id).exists()


def test_deleted_while_it_is_made(creek, asked, level, alice):
    report_id = asked()
    job = ReportJob.objects.get(pk=report_id)
    delete_report(report=report_of(creek, report_id), by=caller_of_user(alice))
    job.save(force_insert=True)  # the worker had it already
    run_report(report_id)
    assert not ReportJob.objects.exists()


@pytest.mark.parametrize(
    "changes",
    [
        {"period": (now_ms(), now_ms() - 1)},
        {"period": (now_ms() + DAY, now_ms() + 2 * DAY)},
        {"period": (0, now_ms())},
        {"config": [1]},
        {"config": {"values": "level"}},
        {"config": {"dv_emails": ["nobody"]}},
        {"name": "x" * 201},
    ],
)
def test_what_is_refused(asked, changes):
    with pytest.raises(BadRequest):
        asked(**changes)
    assert not ReportJob.objects.exists()


def test_who_may_and_what_is_no_generator(creek, asked, bob):
    with pytest.raises(Forbidden):
        asked(by=bob)
    with pytest.raises(BadRequest):
        asked(application=Application.objects.create(name="pump_app", type="DEV", organisation=creek))
    with pytest.raises(Conflict):
        asked(application=Application.objects.create(name="their_report", type="REP", organisation=creek))


def test_it_is_mailed(creek, asked, level):
    run_report(asked({"dv_emails": ["ada@example.com", "grace@example.com"]}))
    assert sorted(one.to[0] for one in mail.outbox) == ["ada@example.com", "grace@example.com"]
    assert "/report/" in mail.outbox[0].body


def test_the_list_asks_as_much_for_one_as_for_many(creek, asked, django_assert_num_queries, statements):
    asked()
    one = statements(lambda: Reports(creek)[0:20])
    for _ in range(5):
        asked()
    assert statements(lambda: Reports(creek)[0:20]) == one
    assert Reports(creek).count() == 6


def scheduled(creek, alice, **config):
    install = AppInstall.objects.create(
        agent=creek.agent,
        application=fleet_report.generator(),
        name="fleet_report_1",
        display_name="Each month",
        deployment_config={"dv_proc_timezone": "Australia/Brisbane", **config},
    )
    heard(DeployWanted((install,), caller_of_user(alice)))
    return install


def test_by_the_clock(creek, alice, level):
    install = scheduled(creek, alice, dv_proc_schedules="cron(0 8 ? * MON *)")
    schedule = ReportSchedule.objects.get(install=install)
    assert schedule.next_at > timezone.now()
    due = datetime(2026, 11, 22, 22, tzinfo=UTC)  # Monday the 23rd, eight o'clock in Brisbane
    ReportSchedule.objects.update(next_at=due)

    [report_id] = create_due(due + timedelta(seconds=5))
    assert create_due(due + timedelta(seconds=6)) == []

    report = report_of(creek, report_id)
    assert report.name == "Each month"
    assert report.fields["period_end"] == int(due.timestamp() * 1000)
    assert report.fields["period_end"] - report.fields["period_start"] == 7 * DAY
    schedule.refresh_from_db()
    assert schedule.next_at == due + timedelta(days=7)


def test_a_schedule_that_stops(creek, alice):
    install = scheduled(creek, alice)
    heard(RemovalWanted(install, caller_of_user(alice), is_final=False))
    assert ReportSchedule.objects.get(install=install).next_at is None


@pytest.mark.parametrize("config", [{"dv_proc_schedules": "every day"}, {"dv_proc_timezone": "Mars/Base"}])
def test_a_schedule_that_says_why_not(creek, alice, config):
    install = scheduled(creek, alice, **config)
    schedule = ReportSchedule.objects.get(install=install)
    assert schedule.next_at is None
    assert schedule.problem


def test_who_set_it_up_is_gone(creek, alice, level):
    scheduled(creek, alice)
    ReportSchedule.objects.update(next_at=timezone.now() - timedelta(minutes=1))
    alice.is_active = False
    alice.save()

    assert create_due() == []

    schedule = ReportSchedule.objects.get()
    assert "account" in schedule.problem
    assert schedule.next_at > timezone.now()


def test_directions_have_a_mean_of_their_own_and_values_their_names(creek, asked, reach, pump):
    at, now = reach(pump, pump), now_ms()
    for minutes, degrees in ((40, 350), (30, 10), (20, 350), (10, 10)):
        post_message(reach=at, name="tag_values", data={"mast": {"wind": degrees}}, ts=now - minutes * 60_000)
    update_aggregate(reach=at, name="tag_values", data={"mast": {"wind": 10}})
    wind = {"type": "uiVariable", "displayString": "Wind from", "units": "°", "currentValue": "$tag.app().wind:number"}
    mast = {"type": "uiApplication", "displayString": "Mast", "children": {"wind": wind}}
    update_aggregate(reach=at, name="ui_state", data={"state": {"children": {"mast": mast}}})
    report_id = asked()

    run_report(report_id)

    report = report_of(creek, report_id)
    [row] = contents(report, "summary.csv")
    assert (row["application"], row["name"], row["unit"]) == ("Mast", "Wind from", "°")
    assert (float(row["mean"]) + 180) % 360 - 180 == pytest.approx(0, abs=1e-6)
    assert [float(row["mean"]) for row in contents(report, "course.csv")] == pytest.approx([350, 10, 350, 10])
    assert {row["name"] for row in contents(report, "course.csv")} == {"Wind from"}


def test_a_report_is_made_where_names_cannot_be_read(creek, asked, level, settings):
    settings.VALUE_NAMES = "operator.truediv"
    report_id = asked()

    run_report(report_id)

    [row] = contents(report_of(creek, report_id), "summary.csv")
    assert (row["value"], row["application"], row["name"]) == (level, "Tank", "Level")


def test_what_held_all_the_time_is_told_without_a_reading(creek, asked, reach, pump):
    own, now = reach(pump, pump), now_ms()
    post_message(reach=own, name="tag_values", data={"sky": {"rain": 0.5}}, ts=now - 25 * HOUR)
    for hours in range(24, 0, -1):
        post_message(reach=own, name="tag_values", data={"sky": {"air": hours}}, ts=now - hours * HOUR + 1)
    report_id = asked({"values": ["sky.rain"]}, period=(now - DAY, now))

    run_report(report_id)

    report = report_of(creek, report_id)
    [row] = contents(report, "summary.csv")
    assert row["count"] == "0"
    assert {float(row[key]) for key in ("lowest", "mean", "highest", "first", "last")} == {0.5}
    assert {row["mean"] for row in contents(report, "course.csv")} == {"0.5"}
    assert "1 device, 1 value, without readings in this time." in report.fields["logs"]


@pytest.mark.parametrize(
    ("told", "mean"),
    [
        ({1: False, 23 * 60: True}, 60 / (24 * 60 - 1)),
        ({0: False, 6 * 60: False, 12 * 60: False, 18 * 60: False, 23 * 60: True}, 1 / 24),
        ({-60: True, 6 * 60: False}, 1 / 4),
    ],
)
def test_the_mean_of_a_truth_is_the_share_of_the_time_that_it_held(creek, asked, reach, pump, told, mean):
    own, midnight = reach(pump, pump), (now_ms() // DAY - 1) * DAY
    for minute, on in told.items():
        post_message(reach=own, name="tag_values", data={"pump": {"on": on}}, ts=midnight + minute * 60_000)
    update_aggregate(reach=own, name="tag_values", data={"pump": {"on": on}})
    shown = {"type": "uiVariable", "displayString": "Running", "currentValue": "$tag.app().on"}
    app = {"type": "uiApplication", "displayString": "Pump", "children": {"on": shown}}
    update_aggregate(reach=own, name="ui_state", data={"state": {"children": {"pump": app}}})
    report_id = asked({"values": ["pump.on"]}, period=(midnight, midnight + DAY))

    run_report(report_id)

    [row] = contents(report_of(creek, report_id), "summary.csv")
    assert (row["kind"], row["name"]) == ("truth", "Running")
    assert float(row["mean"]) == pytest.approx(mean)
    assert {
        float(one[key]) for one in contents(report_of(creek, report_id), "course.csv") for key in ("lowest", "highest")
    } == {0, 1}


def test_a_moment_is_told_and_not_averaged(creek, asked, reach, pump):
    full = 1_796_007_600_000  # 30 November, 03:00 UTC
    for minutes in (20, 10):
        told = {"tank": {"full_at": full}}
        post_message(reach=reach(pump, pump), name="tag_values", data=told, ts=now_ms() - minutes * 60_000)
    update_aggregate(reach=reach(pump, pump), name="tag_values", data=told)
    creek.agent.zone = "Australia/Brisbane"
    creek.agent.save()
    report_id = asked()

    run_report(report_id)

    report = report_of(creek, report_id)
    [row] = contents(report, "summary.csv")
    assert (row["count"], row["lowest"], row["mean"], row["highest"], row["kind"]) == ("2", "", "", "", "moment")
    assert row["last"].startswith("2026-11-30T")
    assert contents(report, "course.csv") == []
