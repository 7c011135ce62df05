"""How far a report has come that is not there yet: it waits, or is being made, since when, and whether that is long."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from doover_web.control.models import ReportJob

LONG_WAIT, LONG_WORK = timedelta(minutes=2), timedelta(minutes=5)
LOST = timedelta(minutes=2)  # without a word of its worker; after five minutes another begins anew


@dataclass(frozen=True, slots=True)
class Progress:
    """`since`: when it was asked for, while it waits; else when its worker began. `is_lost`: nothing was heard of the
    worker for a while."""

    waits: bool
    since: datetime
    done: int = 0
    devices: int = 0
    is_long: bool = False
    is_lost: bool = False
    is_again: bool = False


def progress_of(report_ids: Iterable[int], now: datetime) -> dict[int, Progress]:
    """Of those reports that a worker has to do, by id."""
    jobs = ReportJob.objects.filter(pk__in=list(report_ids), status__in=["queued", "running"])
    return {job.id: _of(job, now) for job in jobs}


def _of(job: ReportJob, now: datetime) -> Progress:
    if job.status == ReportJob.Status.QUEUED:
        return Progress(True, job.created_at, is_long=now - job.created_at > LONG_WAIT)
    since = job.started_at or job.created_at
    return Progress(
        False,
        since,
        job.devices_done,
        job.devices,
        is_long=now - since > LONG_WORK,
        is_lost=now - job.touched_at > LOST,
        is_again=job.attempts > 1,
    )
