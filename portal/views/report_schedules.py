"""Reports by the clock: the schedules of the organisation, a new one, and one of them with when it comes."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.contrib import messages as notes
from django.db.models import F, Prefetch, QuerySet
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from doover_web.common.timetable import NotATimetable, coming, read_timetable
from doover_web.common.wire import Forbidden, NotFound, Refused
from doover_web.common.zones import zone_names
from doover_web.control import fleet_report
from doover_web.control.actions.install import archive_install, delete_install, unarchive_install
from doover_web.control.actions.on_organisation import change_and_deploy, create_and_deploy
from doover_web.control.actions.report import check_config
from doover_web.control.models import AppInstall, InstallProfile, ReportSchedule
from doover_web.control.report_schedules import config_of as settings_of
from doover_web.control.report_schedules import timetable_of
from doover_web.data.zones import zone_of
from doover_web.identity.models import Organisation
from doover_web.pages.listing import read_listing

from .. import rhythm
from ..page import page
from ..problems import NOTHING_WRONG, Said, Wrong, only, told
from ..report_form import LOOK, config_of, fields_of, offered, typed, values_to_choose, wrong_emails, wrong_whom
from ..viewer.messages import names_of
from .reports import may_create, reported_on

SCHEDULE, ZONE = "dv_proc_schedules", "dv_proc_timezone"
SHOWN = 3  # times of each in the list
PREVIEWED = 5
NOT_SAVED = ("preview", LOOK)


@dataclass(frozen=True, slots=True)
class Row:
    """A schedule with when it comes, in words and as moments."""

    install: AppInstall
    words: str
    zone: str
    times: list[datetime]
    problem: str
    who: str
    emails: int

    @property
    def is_off(self) -> bool:
        return self.install.archived_at is not None


@page
@require_safe
def schedules(request):
    """Those that run first, then those that are switched off, by name."""
    organisation = reported_on(request)
    found = _installs(organisation).order_by(F("archived_at").asc(nulls_first=True), "display_name", "id")
    shown = read_listing(request.GET, sorts=["name"]).page(found)
    context = {
        "section": "reports",
        "here": "schedules",
        "organisation": organisation,
        "page": shown,
        "rows": _rows(request, shown, organisation),
        "creates": may_create(request, organisation),
    }
    return render(request, "portal/report_schedules.html", context)


@page
@require_http_methods(["GET", "HEAD", "POST"])
def new(request):
    """What a new schedule shall tell, and how often."""
    organisation = _creating(request)
    refused = NOTHING_WRONG
    if request.method == "POST":
        try:
            if not _is_only_shown(request.POST):
                _save(request, organisation, None)
                notes.success(request, _("The report comes by itself from now on."))
                return redirect("portal:report_schedules")
        except Refused as refusal:
            refused = _refusal(refusal)
    asked = typed(request.POST) if request.method == "POST" else fields_of("", {})
    return _form(request, organisation, None, refused, asked)


@page
@require_http_methods(["GET", "HEAD", "POST"])
def schedule(request, install_id: str):
    """One schedule: changed, switched off and on again, removed."""
    organisation = _creating(request)
    install = _installs(organisation).filter(pk=int(install_id)).first()
    if install is None:
        raise NotFound("There is no such schedule")
    refused = NOTHING_WRONG
    if request.method == "POST":
        try:
            if not _is_only_shown(request.POST):
                notes.success(request, _do(request, organisation, install))
                return redirect("portal:report_schedules")
        except Refused as refusal:
            refused = _refusal(refusal)
    sent = request.method == "POST" and "every" in request.POST
    asked = typed(request.POST) if sent else fields_of(install.display_name, settings_of(install).config)
    return _form(request, organisation, install, refused, asked)


def _is_only_shown(form) -> bool:
    """Whether a button, or a script that wants a part of the form, shows it again and keeps nothing."""
    return form.get("part") == LOOK or form.get("do") in NOT_SAVED


def _do(request, organisation: Organisation, install: AppInstall) -> str:
    """What a form asks for; the sentence to show then."""
    deed = request.POST.get("do", "")
    if deed == "off":
        archive_install(install=install, by=request.caller)
        return _("%(name)s is switched off.") % {"name": install.display_name}
    if deed == "on":
        unarchive_install(install=install, by=request.caller)
        return _("%(name)s comes by itself again.") % {"name": install.display_name}
    if deed == "delete":
        delete_install(install=install, by=request.caller)
        return _("The schedule is removed; the reports it made stay.")
    _save(request, organisation, install)
    return _("%(name)s is saved.") % {"name": install.display_name}


def _save(request, organisation: Organisation, install: AppInstall | None) -> None:
    text, zone = _timetable_asked(request.POST)
    whom = wrong_whom(request.POST, organisation, request.caller)
    if problems := only({**whom, "emails": wrong_emails(request.POST)}):
        raise Wrong(problems)
    application = install.application if install else fleet_report.generator()
    kept = install.deployment_config if install else {}
    config = {**kept, **config_of(request.POST), SCHEDULE: text, ZONE: zone}
    check_config(application, config)
    fields = {"display_name": request.POST.get("name", "").strip() or _("Fleet report"), "deployment_config": config}
    if install is None:
        create_and_deploy(organisation=organisation, application=application, fields=fields, by=request.caller)
    else:
        change_and_deploy(install=install, fields=fields, by=request.caller)


def _timetable_asked(form) -> tuple[str, str]:
    """The text of the schedule and its zone. Wrong when there is no such time."""
    zone = form.get("zone", "").strip()
    if zone not in zone_names():
        raise Wrong({"zone": _("Choose a time zone, such as Europe/Berlin")})
    asked = rhythm.read_rhythm(form)
    text = rhythm.written(asked)
    try:
        timetable = read_timetable(text, ZoneInfo(zone))
    except NotATimetable:
        timetable = None
    if timetable is None or not coming(timetable, timezone.now(), 1):
        if asked.every == rhythm.OWN:
            raise Wrong({"own": _("No time fits this: write cron(minute hour day month weekday) or rate(6 hours)")})
        raise Wrong({"at": _("Enter a time of day, such as 05:30")})
    return text, zone


def _form(request, organisation: Organisation, install: AppInstall | None, refused: Said, asked: dict):
    problem, problems = refused
    if request.POST.get("part") == LOOK:
        return render(
            request, "portal/_report_values.html", asked | values_to_choose(request.caller, organisation, asked)
        )
    config = settings_of(install).config if install else {}
    sent = request.method == "POST" and "every" in request.POST
    usual = rhythm.rhythm_of(str(config.get(SCHEDULE) or "")) if install else rhythm.Rhythm()
    usually = zone_of(organisation.id) if install else str(timezone.get_current_timezone())
    zone = request.POST.get("zone", "")[:64] if sent else str(config.get(ZONE) or usually)
    times: list[datetime] = []
    if sent and not problem and not problems and request.POST.get("do") != LOOK:
        try:
            text, zone = _timetable_asked(request.POST)
            times = coming(read_timetable(text, ZoneInfo(zone)), timezone.now(), PREVIEWED)
        except Refused as refusal:
            problem, problems = told(refusal)
    elif install is not None:
        times = _times(install, "", PREVIEWED)[0]
    context = {
        "section": "reports",
        "organisation": organisation,
        "install": install,
        "problem": problem,
        "problems": problems,
        "rhythm": rhythm.read_rhythm(request.POST) if sent else usual,
        "weekdays": rhythm.weekdays(),
        "days": range(1, rhythm.LAST_DAY + 1),
        "zone": zone,
        "zones": sorted(zone_names()),
        "times": times,
        **asked,
        **offered(request.caller, organisation, asked),
    }
    return render(request, "portal/report_schedule.html", context, status=400 if problem or problems else 200)


def _creating(request) -> Organisation:
    organisation = reported_on(request)
    if not may_create(request, organisation):
        raise Forbidden(_("You may not make reports here (reports_create)"), code="no_permission")
    return organisation


def _installs(organisation: Organisation) -> QuerySet[AppInstall]:
    """The schedules of the reports that this server makes itself."""
    profiles = InstallProfile.objects.select_related("profile").order_by("position")
    found = AppInstall.objects.filter(agent_id=organisation.id, application=fleet_report.generator())
    whole = found.select_related("agent__organisation", "application", "schedule", "template")
    return whole.prefetch_related(Prefetch("ordered_profiles", queryset=profiles))


def _rows(request, installs, organisation: Organisation) -> list[Row]:
    zone = zone_of(organisation.id)
    names = names_of(request.caller, {kept.author_id for one in installs if (kept := _schedule(one))})
    return [_row(one, zone, names) for one in installs]


def _row(install: AppInstall, zone: str, names: dict[int, str]) -> Row:
    config = settings_of(install).config
    times, problem = _times(install, zone, SHOWN)
    kept = _schedule(install)
    emails = config.get("dv_emails")
    return Row(
        install=install,
        words=rhythm.in_words(str(config.get(SCHEDULE) or "")),
        zone=str(config.get(ZONE) or zone),
        times=times,
        problem=problem or (kept.problem if kept else ""),
        who=names.get(kept.author_id, "") if kept else "",
        emails=len(emails) if isinstance(emails, list) else 0,
    )


def _times(install: AppInstall, zone: str, count: int) -> tuple[list[datetime], str]:
    """When it comes next, and what is wrong with its timetable; nothing while it is switched off."""
    kept = _schedule(install)
    if install.archived_at is not None or kept is None or kept.next_at is None:
        return [], ""
    try:
        return [kept.next_at, *coming(timetable_of(install, zone), kept.next_at, count - 1)], ""
    except NotATimetable as wrong:
        return [], str(wrong)


def _schedule(install: AppInstall) -> ReportSchedule | None:
    return getattr(install, "schedule", None)


def _refusal(refusal: Refused) -> Said:
    """What is wrong, above the form and at its fields; what is no mistake in it is an error page."""
    if refusal.status not in (400, 409):
        raise refusal
    return told(refusal)
