"""When the reports of an installed generator come: kept beside its install, and looked at every minute."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone

from doover_web.common.timetable import NotATimetable, Timetable, read_timetable
from doover_web.common.wire import Refused
from doover_web.common.zones import zone_names
from doover_web.data.zones import zone_of
from doover_web.identity.auth import Caller, caller_of_user
from doover_web.identity.models import User

from .actions.report import create_report
from .config import Resolved, resolve
from .events import DeployWanted, FleetEvent, RemovalWanted, ReturnWanted
from .fleet_report import is_built_in
from .layers import layers_of
from .models import AppInstall, Application, ReportSchedule

AT_ONCE = 100


def heard(event: FleetEvent) -> None:
    """Listener of the fleet: an install of a report generator begins, changes or stops its schedule."""
    if isinstance(event, DeployWanted):
        for install in event.installs:
            _keep(install, event.by)
    elif isinstance(event, ReturnWanted):
        _keep(event.install, event.by)
    elif isinstance(event, RemovalWanted):
        ReportSchedule.objects.filter(install_id=event.install.pk).update(next_at=None)


def timetable_of(install: AppInstall, zone: str = "") -> Timetable:
    """When its reports come; `zone` is the organisation's, where it is known. NotATimetable says what is wrong with
    its configuration."""
    config = config_of(install).config
    name = config.get("dv_proc_timezone") or zone or zone_of(install.agent_id)
    if name not in zone_names():
        raise NotATimetable(f"{str(name)[:64]} is not a time zone")
    return read_timetable(str(config.get("dv_proc_schedules") or ""), ZoneInfo(name))


def config_of(install: AppInstall) -> Resolved:
    """What an install is configured to, without what a device would add."""
    return resolve(install.application.config_schema, layers_of(install))


def create_due(now: datetime | None = None) -> list[int]:
    """Ask for the reports whose time has come, each once; their ids. One that cannot be made says why on its schedule,
    and the next is made all the same."""
    now = now or timezone.now()
    with transaction.atomic():
        due = ReportSchedule.objects.filter(next_at__lte=now).order_by("next_at").select_for_update(skip_locked=True)
        made = [_create(one, now) for one in due[:AT_ONCE]]
    return [report_id for report_id in made if report_id is not None]


def _create(schedule: ReportSchedule, now: datetime) -> int | None:
    install = AppInstall.objects.select_related("application", "agent__organisation").get(pk=schedule.pk)
    report_id, problem, due = None, "", schedule.next_at
    try:
        timetable = timetable_of(install)
        schedule.next_at = timetable.next_after(now)
        start = timetable.last_before(due) if due else None
        if due and start:
            report_id = _made(schedule, install, (int(start.timestamp() * 1000), int(due.timestamp() * 1000)))
    except NotATimetable as wrong:
        schedule.next_at, problem = None, str(wrong)
    except Refused as refusal:
        problem = refusal.message
    schedule.problem = problem[:500]
    schedule.save(update_fields=["next_at", "problem"])
    return report_id


def _made(schedule: ReportSchedule, install: AppInstall, period: tuple[int, int]) -> int:
    user = User.objects.select_related("agent").filter(agent_id=schedule.author_id, is_active=True).first()
    if user is None:
        raise Refused("The account that set up this schedule is closed; save it again as somebody else")
    with transaction.atomic():
        return create_report(
            organisation=install.agent.organisation,
            application=install.application,
            name=install.display_name,
            config=config_of(install).config,
            period=period,
            by=caller_of_user(user),
            schedule=schedule,
        )


def _keep(install: AppInstall, by: Caller | None) -> None:
    application = install.application
    if application.type != Application.Type.REPORT or not is_built_in(application):
        return
    try:
        next_at, problem = timetable_of(install).next_after(timezone.now()), ""
    except NotATimetable as wrong:
        next_at, problem = None, str(wrong)
    told: dict[str, Any] = {"next_at": next_at, "problem": problem[:500]}
    if by is not None and User.objects.filter(agent_id=by.agent_id).exists():
        told["author_id"] = by.agent_id
    ReportSchedule.objects.update_or_create(
        install=install, defaults=told, create_defaults={"author_id": install.agent_id, **told}
    )
