"""Reports: pages for the members of an organisation."""

from doover_web.common.snowflake import now_ms
from doover_web.control import fleet_report
from doover_web.control.actions.on_organisation import create_and_deploy
from doover_web.control.actions.report import create_report
from doover_web.control.models import ReportJob
from doover_web.identity.auth import caller_of_user

from ..lines import MEMBER_PAGE, Lines, page

line = Lines()


def seed(world):
    """A report that is done, so that it can be made again."""
    report_id = create_report(
        organisation=world.things["creek"],
        application=fleet_report.generator(),
        name="Weir figures",
        config={},
        period=(now_ms() - 1000, now_ms()),
        by=caller_of_user(world.things["admin"]),
    )
    ReportJob.objects.filter(pk=report_id).update(status="done")
    world.add("report", report_id)
    schedule = create_and_deploy(
        organisation=world.things["creek"],
        application=fleet_report.generator(),
        fields={"display_name": "Weekly weir", "deployment_config": {"dv_proc_schedules": "cron(0 8 * * 1)"}},
        by=caller_of_user(world.things["admin"]),
    )
    world.add("schedule", schedule.id)
    world.secrets += ["Weir figures", "Weekly weir"]


NEW = page(stranger=200, bare=403, looker=403)
ONE = page(bare=200)
# What is done to a report takes the right to make some.
CHANGE = page(bare=403, looker=403, admin=302)

line("GET", "/report/", MEMBER_PAGE, guest=404)
line("GET", "/report/new/", NEW, guest=404)
line("POST", "/report/new/", NEW, form={"period": "yesterday"}, stranger=302, admin=302, root=302, guest=404)
line("GET", "/report/{report}/", ONE, guest=404)
line("POST", "/report/{report}/", CHANGE, form={"do": "repeat"}, guest=404)
line("POST", "/report/{report}/", CHANGE, form={"do": "delete"}, guest=404)

SCHEDULE = {"every": "week", "at": "08:00", "weekday": "1", "day": "1", "zone": "Europe/Berlin"}
line("GET", "/report/schedules/", MEMBER_PAGE, guest=404)
line("GET", "/report/schedules/new/", NEW, guest=404)
line(
    "POST", "/report/schedules/new/", NEW, form={**SCHEDULE, "do": "save"}, stranger=302, admin=302, root=302, guest=404
)
line("GET", "/report/schedules/{schedule}/", page(bare=403, looker=403), guest=404)
line("POST", "/report/schedules/{schedule}/", CHANGE, form={**SCHEDULE, "do": "save"}, guest=404)
line("POST", "/report/schedules/{schedule}/", CHANGE, form={"do": "off"}, guest=404)
line("POST", "/report/schedules/{schedule}/", CHANGE, form={"do": "delete"}, guest=404)
