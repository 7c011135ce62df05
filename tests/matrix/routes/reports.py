"""Reports: pages for the members of an organisation."""

from doover_web.common.snowflake import now_ms
from doover_web.control import fleet_report
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
    world.secrets.append("Weir figures")


NEW = page(stranger=200, bare=403, looker=403)
ONE = page(bare=200)
# What is done to a report takes the right to make some.
CHANGE = page(bare=403, looker=403, admin=302)

line("GET", "/report/", MEMBER_PAGE)
line("GET", "/report/new/", NEW)
line("POST", "/report/new/", NEW, form={"period": "yesterday"}, stranger=302, admin=302, root=302)
line("GET", "/report/{report}/", ONE)
line("POST", "/report/{report}/", CHANGE, form={"do": "repeat"})
line("POST", "/report/{report}/", CHANGE, form={"do": "delete"})
