"""Reports, a view of the organisation's channel `reports`, and their schedules (`control-api §3.12`)."""

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from ninja import Router

from doover_web.common.wire import BadRequest, NotFound
from doover_web.data.attached import attached_out
from doover_web.identity.models import Organisation
from doover_web.identity.permissions import Rights, rights_over

from ..actions.report import create_report, delete_report
from ..links import application_linked
from ..models import AppInstall, Application
from ..report_run import queue
from ..reports import GENERATING, Report, Reports, report_of
from ..tasks import make_report
from ._generated import CreateReportResponse, ReportCreateIn
from ._generated import Report as ReportOut
from ._generated import ReportSchedule as ScheduleOut
from ._generated import ReportScheduleIn as ScheduleIn
from .app_installs import FILTERS, ApplicationRef
from .bodies import fields_of
from .fleet_shapes import application_ref
from .listing import Page, page_of
from .on_organisation import Verbs, basics, installs_of
from .resource import Resource, add_operation, body_of, query_of
from .scope import organisation_of

router = Router(tags=["reports"])
NOT_HERE = ("device", "solution", "template", "version")
MEMBERS = "Reports are for the members of an organisation; X-Doover-Organisation names one"


class ScheduleAnswer(ScheduleOut):
    application: ApplicationRef  # type: ignore[assignment]


class ReportAnswer(ReportOut):
    # The application may be gone, or the one who made the record wrote none.
    report_generator: ApplicationRef | None  # type: ignore[assignment]
    schedule: ScheduleAnswer | None  # type: ignore[assignment]


def schedule_rows(request: HttpRequest) -> QuerySet[AppInstall]:
    return installs_of(request, Application.Type.REPORT)


def schedule_shape(request: HttpRequest, install: AppInstall) -> dict:
    return {**basics(request, install), "archived": install.archived_at is not None}


verbs = Verbs(schedule_rows)
# Literals before `{id}`.
Resource(
    router=router,
    path="/reports/schedules/",
    name="reports_schedules",
    rows=schedule_rows,
    shape=schedule_shape,
    out=ScheduleAnswer,
    body=ScheduleIn,
    search=["name", "display_name"],
    order={"id": "pk", "name": "name", "display_name": "display_name"},
    filters={name: one for name, one in FILTERS.items() if not name.startswith(NOT_HERE)},
    create=verbs.create,
    change=verbs.change,
    delete=verbs.delete,
    archive=verbs.archive,
    unarchive=verbs.unarchive,
)


def reports_list(request: HttpRequest) -> dict:
    """The reports of the organisation, the newest first."""
    return page_of(Reports(_organisation(request)), request, lambda report: _shape(request, report))


def reports_create(request: HttpRequest) -> dict:
    """Ask for a report; a worker makes it."""
    given = fields_of(request, ReportCreateIn)
    config = given["config"]
    report_id = create_report(
        organisation=_organisation(request),
        application=application_linked(request.auth, given["report_generator_id"], "report_generator_id"),
        name=given.get("name") or "",
        config=config if config is not None else {},
        period=(_ms(given["period_start"]), _ms(given["period_end"])),
        by=request.auth,
    )
    queue(report_id, make_report)
    return {"id": str(report_id)}


def reports_retrieve(request: HttpRequest, id: int) -> dict:
    """One report."""
    return _shape(request, report_of(_organisation(request), id))


def reports_destroy(request: HttpRequest, id: int) -> HttpResponse:
    """Remove a report with its files."""
    delete_report(report=report_of(_organisation(request), id), by=request.auth)
    return HttpResponse(status=204)


PAGES = {"parameters": [query_of("page", "integer"), query_of("per_page", "integer")]}
add_operation(router, "GET", "/reports/", "reports_list", reports_list, Page[ReportAnswer], extra=PAGES)
add_operation(
    router, "POST", "/reports/", "reports_create", reports_create, CreateReportResponse, extra=body_of(ReportCreateIn)
)
add_operation(router, "GET", "/reports/{int:id}/", "reports_retrieve", reports_retrieve, ReportAnswer)
add_operation(router, "DELETE", "/reports/{int:id}/", "reports_destroy", reports_destroy, {204: None})


def _organisation(request: HttpRequest) -> Organisation:
    """The organisation that the call is about, of which the caller is a member, and more than a guest."""
    caller = request.auth
    wanted = organisation_of(request) or caller.organisation_id
    if wanted is None or not (caller.is_superuser or wanted in caller.organisations):
        raise NotFound(MEMBERS)
    organisation = Organisation.objects.select_related("agent").get(pk=wanted)
    if not rights_over(caller, organisation.agent) & Rights.HISTORY:
        raise NotFound(MEMBERS)
    return organisation


def _shape(request: HttpRequest, report: Report) -> dict:
    said = report.fields
    devices = said.get("devices")
    schedule = schedule_rows(request).filter(pk=said.get("schedule")).first() if _is_id(said.get("schedule")) else None
    return {
        "id": str(report.id),
        "devices": [str(one) for one in devices] if isinstance(devices, list) else [],
        "logs": str(said.get("logs") or ""),
        "period_start": _number(said.get("period_start")),
        "period_end": _number(said.get("period_end")),
        "report_generator": application_ref(request, report.application) if report.application else None,
        "status": report.status or GENERATING,
        "name": report.name,
        "config": said.get("config"),
        "schedule": schedule_shape(request, schedule) if schedule else None,
        "files": attached_out(report.organisation.id, report.files),
    }


def _is_id(value) -> bool:
    return isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 19


def _number(value) -> int:
    """Anybody who may write to the channel may have written anything."""
    return int(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0


def _ms(value: int) -> int:
    if not -(2**53) < value < 2**53:
        raise BadRequest("period_start and period_end are milliseconds since 1970", code="bad_period")
    return value
