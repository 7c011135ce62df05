"""Reports are asked for, made again and deleted (`control-api §3.12`)."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from doover_web.common.snowflake import MS_MIN, now_ms
from doover_web.common.wire import BadRequest, Conflict
from doover_web.data.publish import delete_message, post_message, update_message
from doover_web.identity import audit
from doover_web.identity.auth import Caller
from doover_web.identity.models import Organisation
from doover_web.identity.permissions import require

from .. import fleet_report
from ..config import errors_of, issues_of
from ..models import Application, ReportJob, ReportSchedule
from ..reports import CHANNEL, GENERATING, Report, reach_of

CREATES = "reports_create"
LONGEST_NAME = 200
LONGEST_SPAN = 10 * 366 * 24 * 3600 * 1000  # ms
MOST_WAITING = 50  # of an organisation
MOST_EMAILS = 20


@transaction.atomic
def create_report(
    *,
    organisation: Organisation,
    application: Application,
    name: str,
    config: dict[str, Any],
    period: tuple[int, int],
    by: Caller,
    schedule: ReportSchedule | None = None,
) -> int:
    """Ask for a report over `period` (ms since 1970, its end excluded); the id of its message. It is made by a worker.

    Conflict when too many wait already, or the generator is a function, which this server does not run.
    """
    require(by, organisation.id, [CREATES])
    _check_generator(application)
    _check_period(period)
    check_config(application, config)
    if schedule is None and fleet_report.is_built_in(application):
        _check_whom(organisation, config, by)
    waiting = ReportJob.objects.filter(organisation=organisation, status__in=["queued", "running"])
    if waiting[:MOST_WAITING].count() >= MOST_WAITING:
        raise Conflict(
            _("%(most)s reports are being made already; try again later") % {"most": MOST_WAITING}, code="too_many"
        )
    fields = {
        "name": _name(name, application),
        "devices": [],
        "period_start": period[0],
        "period_end": period[1],
        "report_generator": str(application.id),
        "config": config,
        "status": GENERATING,
        "logs": "",
        "created_by": {"id": str(by.agent_id), "name": by.name},
        "schedule": str(schedule.pk) if schedule else None,
    }
    report_id = post_message(reach=reach_of(organisation), name=CHANNEL, data=fields).id
    ReportJob.objects.create(
        id=report_id, organisation=organisation, application=application, schedule=schedule, author_id=by.agent_id
    )
    _record("report.created", organisation, by, report_id, str(fields["name"]))
    return report_id


@transaction.atomic
def repeat_report(*, report: Report, by: Caller) -> None:
    """Make a report again, with what was asked for then; its files are replaced. Conflict while it is being made."""
    require(by, report.organisation.id, [CREATES])
    if report.application is None:
        raise Conflict(_("Its generator does not exist any more; make a new report"), code="no_generator")
    _check_generator(report.application)
    ReportJob.objects.filter(pk=report.id, status__in=["done", "failed"]).delete()
    fresh = {"organisation": report.organisation, "application": report.application, "author_id": by.agent_id}
    _job, is_new = ReportJob.objects.get_or_create(id=report.id, defaults=fresh)
    if not is_new:
        raise Conflict(_("It is being made just now"), code="in_progress")
    data = {"status": GENERATING, "logs": ""}
    update_message(reach=reach_of(report.organisation), name=CHANNEL, message_id=report.id, data=data)
    _record("report.repeated", report.organisation, by, report.id, report.name)


@transaction.atomic
def delete_report(*, report: Report, by: Caller) -> None:
    """Remove a report with its files; one that is being made is not finished."""
    require(by, report.organisation.id, [CREATES])
    ReportJob.objects.filter(pk=report.id).delete()
    delete_message(reach=reach_of(report.organisation), name=CHANNEL, message_id=report.id)
    _record("report.deleted", report.organisation, by, report.id, report.name)


def emails_of(config: dict[str, Any]) -> list[str]:
    """The addresses that a finished report is mailed to."""
    given = config.get("dv_emails")
    return [one for one in given if isinstance(one, str)][:MOST_EMAILS] if isinstance(given, list) else []


def check_config(application: Application, config: dict[str, Any]) -> None:
    """Refuse a configuration that does not fit the generator, or that would be mailed to nobody."""
    if not isinstance(config, dict):
        raise BadRequest(_("config must be a JSON object"), code="bad_value")
    issues = [one for one in issues_of(application.config_schema, config) if not one.is_missing]
    if issues:
        errors = {f"config.{path}": words for path, words in errors_of(issues).items()}
        raise BadRequest(
            _("config does not fit: %(path)s: %(message)s") % {"path": issues[0].path, "message": issues[0].message},
            code="invalid",
            errors=errors,
        )
    for address in emails_of(config):
        try:
            validate_email(address)
        except ValidationError as problem:
            raise BadRequest(
                _("%(address)s is no e-mail address") % {"address": address[:100]}, code="invalid"
            ) from problem


def _check_whom(organisation: Organisation, config: dict[str, Any], by: Caller) -> None:
    """A report on what is not there would be empty."""
    if missing := fleet_report.missing_in(organisation, config, by):
        errors = {f"config.{fleet_report.PERMISSIONS}.{key}": [words] for key, words in missing.items()}
        raise BadRequest(next(iter(missing.values())), code="invalid", errors=errors)


def _check_generator(application: Application) -> None:
    if application.type != Application.Type.REPORT:
        raise BadRequest(_("This application makes no reports (type REP)"), code="no_generator")
    if not fleet_report.is_built_in(application):
        raise Conflict(
            _("%(application)s is a function, and this server does not run functions") % {"application": application},
            code="no_runner",
        )


def _check_period(period: tuple[int, int]) -> None:
    start, end = period
    if not MS_MIN <= start < end or end - start > LONGEST_SPAN:
        raise BadRequest(_("period_start is before period_end, in ms, at most ten years before it"), code="bad_period")
    if start > now_ms():
        raise BadRequest(_("period_start has not come yet"), code="bad_period")


def _name(given: Any, application: Application) -> str:
    if given in (None, ""):
        return str(application)[:LONGEST_NAME]
    if not isinstance(given, str) or len(given) > LONGEST_NAME or "\x00" in given:
        raise BadRequest(_("name must be text of at most %(most)s letters") % {"most": LONGEST_NAME}, code="bad_value")
    return given


def _record(action: str, organisation: Organisation, by: Caller, report_id: int, name: str) -> None:
    audit.record(action, actor=by, subject=organisation, organisation_id=organisation.id, id=str(report_id), name=name)
