"""Reports of the organisation: the list, a new one, one of them, and their files."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages as notes
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from doover_web.common.presence import number
from doover_web.common.wire import Forbidden, NotFound, Refused
from doover_web.control import fleet_report
from doover_web.control.actions.report import create_report, delete_report, repeat_report
from doover_web.control.report_run import queue
from doover_web.control.reports import COMPLETE, FAILED, GENERATING, Report, Reports, report_of
from doover_web.control.tasks import make_report
from doover_web.data.links import path_to
from doover_web.data.zones import zone_of
from doover_web.identity.models import Organisation
from doover_web.identity.permissions import may_administer
from doover_web.identity.site import is_guest
from doover_web.pages.listing import read_listing
from doover_web.pages.parts import part_of
from doover_web.pages.words import from_ms

from ..page import page
from ..problems import NOTHING_WRONG, Wrong, only, told
from ..report_form import (
    LOOK,
    config_of,
    day_of,
    offered,
    typed,
    values_to_choose,
    wrong_days,
    wrong_emails,
    wrong_whom,
)
from ..report_progress import Progress, progress_of
from ..report_sheet import sheet_of
from ..ui.values import CALENDAR

CREATES = "reports_create"
PERIODS = ("yesterday", "week", "month", "custom")
MARKS = {GENERATING: "wait", COMPLETE: "ok", FAILED: "bad"}
STATES = {GENERATING: gettext_lazy("Being made"), COMPLETE: gettext_lazy("Ready"), FAILED: gettext_lazy("Failed")}


@page
@require_http_methods(["GET", "HEAD"])
def reports(request):
    """The newest first; `?part=list` is the list alone, which a page reads again when one changes."""
    organisation = reported_on(request)
    shown = read_listing(request.GET, sorts=["time"]).page(Reports(organisation))  # type: ignore[arg-type]
    context = {
        "section": "reports",
        "here": "reports",
        "organisation": organisation,
        "page": shown,
        "rows": _rows(shown.object_list),
        "creates": may_create(request, organisation),
    }
    whole = part_of(request) != "list"
    return render(request, "portal/reports.html" if whole else "portal/_reports.html", context)


@page
@require_http_methods(["GET", "HEAD", "POST"])
def new(request):
    """What a new report shall tell, and over which time."""
    organisation = reported_on(request)
    if not may_create(request, organisation):
        raise Forbidden(_("You may not make reports here (reports_create)"), code="no_permission")
    problem, problems = NOTHING_WRONG
    if request.POST.get("part") == LOOK:
        asked = typed(request.POST)
        return render(
            request, "portal/_report_values.html", asked | values_to_choose(request.caller, organisation, asked)
        )
    if request.method == "POST" and request.POST.get("do") != LOOK:
        try:
            report_id = _create(request, organisation)
            queue(report_id, make_report)
            return redirect("portal:report", report_id)
        except Refused as refusal:
            problem, problems = told(refusal)
    asked = typed(request.POST)
    context = {
        "section": "reports",
        "organisation": organisation,
        "problem": problem,
        "problems": problems,
        "period": request.POST.get("period", "week"),
        **asked,
        **offered(request.caller, organisation, asked),
        "zone": _days_of(organisation),
    }
    return render(request, "portal/report_new.html", context, status=400 if problem or problems else 200)


@page
@require_http_methods(["GET", "HEAD", "POST"])
def report(request, report_id: str):
    """One report with its files; it can be made again, and deleted."""
    organisation = reported_on(request)
    found = report_of(organisation, int(report_id))
    if request.method == "POST":
        if request.POST.get("do") == "delete":
            delete_report(report=found, by=request.caller)
            notes.success(request, _("The report is deleted."))
            return redirect("portal:reports")
        repeat_report(report=found, by=request.caller)
        queue(found.id, make_report)
        return redirect("portal:report", found.id)
    context = {
        "section": "reports",
        "organisation": organisation,
        "row": _rows([found])[0],
        "config": found.fields.get("config"),
        "creates": may_create(request, organisation),
        "sheet": sheet_of(found, request.caller),
        "files": [(one, path_to(organisation.id, one.id, one.filename)) for one in found.files],
    }
    whole = part_of(request) != "report"
    return render(request, "portal/report.html" if whole else "portal/_report.html", context)


def reported_on(request) -> Organisation:
    """The organisation one is in; reports are for its members, not for its guests."""
    caller = request.caller
    found = Organisation.objects.filter(pk=caller.organisation_id).first()
    if found is None or not (caller.is_superuser or found.id in caller.organisations):
        raise NotFound(_("You are in no organisation"))
    if is_guest(caller):
        raise NotFound(_("Reports are for members of the organisation, and you are its guest"))
    return found


def may_create(request, organisation: Organisation) -> bool:
    """Whether one may make reports and schedules here."""
    return may_administer(request.caller.standing, organisation.id, CREATES)


def _rows(reports: Iterable[Report]) -> list[dict]:
    listed = list(reports)
    opened = progress_of((one.id for one in listed if one.status == GENERATING), timezone.now())
    return [_row(one, opened.get(one.id)) for one in listed]


def _row(one: Report, progress: Progress | None) -> dict:
    start, end = (_moment(one.fields.get(key)) for key in ("period_start", "period_end"))
    who = one.fields.get("created_by")
    return {
        "report": one,
        "mark": MARKS.get(one.status, "idle"),
        "words": _("Waits") if progress and progress.waits else STATES.get(one.status, one.status),
        "progress": progress,
        "start": start,
        # The end is excluded: a report about a day ends with that day.
        "end": end and end - timedelta(milliseconds=1),
        "devices": len(named) if isinstance(named := one.fields.get("devices"), list) else 0,
        "who": str(who.get("name") or "") if isinstance(who, dict) else "",
        "logs": str(one.fields.get("logs") or ""),
        "is_open": one.status == GENERATING,
    }


def _moment(said: Any) -> datetime | None:
    """An end of the period; whoever writes the message may have written anything."""
    found = number(said)
    moment = None if found is None else from_ms(found)
    return moment if moment is not None and moment.year in CALENDAR else None


def _create(request, organisation: Organisation) -> int:
    asked, zone = request.POST, ZoneInfo(_days_of(organisation))
    today = timezone.now().astimezone(zone).date()
    whom = wrong_whom(asked, organisation, request.caller)
    if problems := only({**wrong_days(asked, today), **whom, "emails": wrong_emails(asked)}):
        raise Wrong(problems)
    return create_report(
        organisation=organisation,
        application=fleet_report.generator(),
        name=asked.get("name", "").strip() or _("Fleet report"),
        config=config_of(asked),
        period=_period(asked, today, zone),
        by=request.caller,
    )


def _days_of(organisation: Organisation) -> str:
    """The zone whose days a report is about: the organisation's, else that of whoever asks for it."""
    return zone_of(organisation.id, otherwise=str(timezone.get_current_timezone()))


def _period(asked, today: date, zone: ZoneInfo) -> tuple[int, int]:
    """Whole days of the zone, as [start, end) in ms."""
    kind = asked.get("period", "")
    if kind == "yesterday":
        first, last = today - timedelta(days=1), today - timedelta(days=1)
    elif kind == "week":
        first, last = today - timedelta(days=7), today - timedelta(days=1)
    elif kind == "month":
        last = today.replace(day=1) - timedelta(days=1)
        first = last.replace(day=1)
    else:
        first, last = day_of(asked.get("from", "")) or today, day_of(asked.get("to", "")) or today
    return _ms(first, zone), _ms(last + timedelta(days=1), zone)


def _ms(day, zone: ZoneInfo) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp() * 1000)
