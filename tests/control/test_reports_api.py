"""Reports and their schedules by the Control API (`control-api §3.12`)."""

import pytest
from django.utils import timezone

from doover_web.common.snowflake import now_ms
from doover_web.control import fleet_report
from doover_web.control.models import AppInstall, Application, ReportJob, ReportSchedule
from doover_web.control.report_run import run_report
from doover_web.control.reports import reach_of
from doover_web.data.publish import post_message
from doover_web.identity.models import OrganisationRole

pytestmark = pytest.mark.django_db


def wanted(**more):
    named = {"name": "Week", "config": {}, "report_generator_id": str(fleet_report.generator().id)}
    return {**named, "period_start": now_ms() - 1000, "period_end": now_ms(), **more}


def test_from_asking_to_deleting(api, alice, bob, ok, creek):
    made = ok(api(alice).post("/reports/", wanted()))
    assert ok(api(bob).get(f"/reports/{made['id']}/"))["status"] == "Generating"

    run_report(int(made["id"]))

    [row] = ok(api(bob).get("/reports/?per_page=5"))["results"]
    assert (row["id"], row["status"], row["name"]) == (made["id"], "Complete", "Week")
    assert [one["filename"] for one in row["files"]] == ["summary.csv", "course.csv"]
    assert row["report_generator"]["name"] == "fleet_report"
    assert row["files"][0]["url"].startswith("http")

    assert api(bob).delete(f"/reports/{made['id']}/").status_code == 403
    assert api(alice).delete(f"/reports/{made['id']}/").status_code == 204
    assert api(alice).get(f"/reports/{made['id']}/").status_code == 404


def test_a_stranger_finds_none(api, alice, mallory, ok):
    made = ok(api(alice).post("/reports/", wanted()))
    assert api(mallory).get(f"/reports/{made['id']}/").status_code == 404
    assert ok(api(mallory).get("/reports/"))["count"] == 0


def test_a_guest_finds_none(api, alice, bob, ok, creek):
    """They tell of devices that a guest may not see; a schedule as well."""
    made = ok(api(alice).post("/reports/", wanted()))
    generator = str(fleet_report.generator().id)
    schedule = ok(
        api(alice).post(
            "/reports/schedules/", {"name": "weekly", "display_name": "Weekly", "application_id": generator}
        ),
        201,
    )
    addresses = ["/reports/", f"/reports/{made['id']}/", f"/reports/schedules/{schedule['id']}/"]
    assert [api(bob).get(address).status_code for address in addresses] == [200, 200, 200]

    bob.memberships.update(role=OrganisationRole.objects.built_in("Guest"))
    assert [api(bob).get(address).status_code for address in addresses] == [404, 404, 404]
    assert ok(api(bob).get("/reports/schedules/"))["results"] == []
    assert api(bob).post("/reports/", wanted()).status_code == 404
    assert api(bob).delete(f"/reports/{made['id']}/").status_code == 404


def test_what_a_stranger_wrote_into_the_channel_does_no_harm(api, alice, ok, creek):
    odd = {"devices": 5, "period_start": "x", "status": None, "report_generator": {"a": 1}, "schedule": "9" * 30}
    post_message(reach=reach_of(creek), name="reports", data=odd)
    [row] = ok(api(alice).get("/reports/"))["results"]
    assert (row["devices"], row["period_start"], row["report_generator"], row["schedule"]) == ([], 0, None, None)


@pytest.mark.parametrize(
    "more",
    [
        {"report_generator_id": "1"},
        {"period_start": 2**60},
        {"config": [1]},
        {"period_end": None},
        {"report_generator_id": "x"},
    ],
)
def test_what_is_refused(api, alice, more):
    assert api(alice).post("/reports/", wanted(**more)).status_code == 400
    assert not ReportJob.objects.exists()


def test_a_schedule_is_an_install_that_is_deployed(api, alice, bob, creek, ok, wrong):
    named = {"display_name": "Monthly", "application_id": fleet_report.generator().id}
    config = {"dv_proc_schedules": "cron(0 8 1 * ?)", "dv_proc_timezone": "Australia/Perth"}

    made = ok(api(alice).post("/reports/schedules/", {**named, "deployment_config": config}), 201)

    assert (made["name"], made["organisation"]["id"]) == ("fleet_report_1", str(creek.id))
    assert made["latest_deployment"]["status"] == "QUE"
    assert ReportSchedule.objects.get(install_id=made["id"]).next_at > timezone.now()
    path = f"/reports/schedules/{made['id']}/"
    assert api(bob).patch(path, {"display_name": "Mine"}).status_code == 403
    ok(api(alice).patch(path, {"deployment_config": {"dv_proc_schedules": "disabled"}}))
    assert ReportSchedule.objects.get(install_id=made["id"]).next_at is None
    assert ok(api(alice).post(f"{path}archive/"))["archived"] is True
    assert ok(api(alice).post(f"{path}unarchive/"))["archived"] is False
    assert api(alice).delete(path).status_code == 204
    assert not AppInstall.objects.exists()


def test_no_other_application_is_scheduled(api, alice, creek, wrong):
    other = Application.objects.create(organisation=creek, name="hook", type="INT")
    body = {"display_name": "X", "application_id": other.id}
    assert wrong(api(alice).post("/reports/schedules/", body)) == ["application_id"]
    assert not AppInstall.objects.exists()
