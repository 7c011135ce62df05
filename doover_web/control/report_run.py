"""Making a report: the work behind a row of ReportJob, once, also when a worker dies in the middle of it."""

import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone

from doover_web.common.presence import number
from doover_web.common.snowflake import MS_MIN
from doover_web.common.wire import NotFound, Refused
from doover_web.data.publish import apply_with
from doover_web.data.writes import ChangeMessage
from doover_web.data.zones import zone_of
from doover_web.identity.auth import Caller, caller_of_user
from doover_web.identity.models import User

from . import fleet_report
from .actions.report import emails_of
from .models import ReportJob
from .reports import CHANNEL, COMPLETE, FAILED, Report, reach_of, report_of

log = logging.getLogger(__name__)
STALE = timedelta(minutes=5)
MOST_TRIES = 3


def run_report(job_id: int) -> None:
    """Make a report that waits, or go on where a dead worker left it."""
    job = ReportJob.objects.select_related("organisation").filter(pk=job_id).first()
    if job is None or not job.start(timezone.now() - STALE):
        return
    job.refresh_from_db()
    try:
        report = report_of(job.organisation, job.id)
    except NotFound:  # it was deleted meanwhile
        job.delete()
        return
    try:
        if job.attempts > MOST_TRIES:
            raise Refused("The worker that made it stopped each time")
        written = _written(job, report)
    except Refused as refusal:
        _end(job, FAILED, refusal.message)
        return
    except SoftTimeLimitExceeded:
        _end(job, FAILED, "It took longer than a report may; ask for fewer devices or a shorter time")
        return
    words = " ".join(written.words)
    if _end(job, COMPLETE, words, written.files, [str(one) for one in written.devices]):
        _mail(report, words)


def stale_reports() -> list[int]:
    """Reports that wait for longer than they should, or whose worker is gone."""
    left = ReportJob.objects.filter(status__in=["queued", "running"], touched_at__lt=timezone.now() - STALE)
    return list(left.order_by("touched_at").values_list("id", flat=True)[:100])


def queue(job_id: int, task) -> None:
    """Hand a report to the worker after the commit; a sweep finds it if that fails."""
    transaction.on_commit(lambda: task.delay(job_id))


def _written(job: ReportJob, report: Report) -> fleet_report.Written:
    span = _span(report.fields)
    config = report.fields.get("config")
    config = config if isinstance(config, dict) else {}
    zone = zone_of(job.organisation_id)
    return fleet_report.write(job.organisation, config, span, zone, _author(job), job.note)


def _span(fields: Mapping[str, Any]) -> tuple[int, int]:
    """The period of a report, as its message says; somebody else may have written there."""
    start, end = number(fields.get("period_start")), number(fields.get("period_end"))
    if start is None or end is None or not MS_MIN <= start < end:
        raise Refused("Its period cannot be read; make a new report")
    return int(start), int(end)


def _author(job: ReportJob) -> Caller:
    user = User.objects.select_related("agent").filter(agent_id=job.author_id, is_active=True).first()
    if user is None:
        raise Refused("The account that asked for this report is closed")
    return caller_of_user(user)


def _end(job: ReportJob, status: str, words: str, files=(), devices: list[str] | None = None) -> bool:
    """Tell everybody what came of it, once. False when another worker did, or the report was deleted."""
    told = {"status": status, "logs": words} | ({} if devices is None else {"devices": devices})
    try:
        with transaction.atomic():
            if not job.end("done" if status == COMPLETE else "failed"):
                return False
            reach = reach_of(job.organisation)
            apply_with(ChangeMessage(reach, CHANNEL, job.id, told, drops_files=bool(files)), list(files))
    except NotFound:
        job.delete()
        return False
    return True


def _mail(report: Report, words: str) -> None:
    """A letter with a link for each address; one that cannot be sent is in the log, and the report stands."""
    said = {"report": report, "words": words, "link": f"{settings.PUBLIC_URL}/report/{report.id}/"}
    body = render_to_string("email/report.txt", said)
    subject = " ".join(render_to_string("email/report_subject.txt", said).split())
    for address in emails_of(report.fields.get("config") or {}):
        try:
            send_mail(subject, body, None, [address])
        except OSError:
            log.exception("The letter about report %s could not be sent", report.id)
