"""Worker entry points of deployments, and what the timetable sweeps up."""

import time
from datetime import date, timedelta

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from . import carry, reports, usage
from .actions.bulk import run_job
from .advance import advance
from .models import BulkJob, Deployment, Rollout

AT_ONCE = 1000
TURN_SECONDS = 20


@shared_task(name="doover_web.deployments.tasks.carry_out", soft_time_limit=100, time_limit=120)
def carry_out(deployment_id: int) -> bool:
    """Do a deployment, once; a second call finds nothing to do."""
    return carry.carry_out(deployment_id)


@shared_task
def sweep() -> int:
    """Begin again what a dead worker left, hear what devices said meanwhile, and fail what waited too long."""
    abandoned = Deployment.objects.abandoned(timezone.now()).order_by("created_at").values_list("id", flat=True)
    for deployment_id in (found := list(abandoned[:AT_ONCE])):
        carry_out.apply_async((deployment_id,), expires=60)
    reports.look_again()
    carry.time_out(timedelta(seconds=settings.DEPLOYMENT_SECONDS))
    return len(found)


@shared_task(name="doover_web.deployments.tasks.advance_rollout", soft_time_limit=100, time_limit=120)
def advance_rollout(rollout_id: int) -> bool:
    """Move a roll-out on until it has to wait, or another worker's turn has come."""
    until = time.monotonic() + TURN_SECONDS
    while advance(rollout_id):
        if time.monotonic() > until:
            advance_rollout.delay(rollout_id)
            return True
    return False


@shared_task
def sweep_rollouts() -> int:
    """Move on every roll-out that is under way, and hear late answers to those that ended."""
    found = list(Rollout.objects.moving().order_by("id").values_list("id", flat=True)[:AT_ONCE])
    for rollout_id in found:
        advance_rollout.apply_async((rollout_id,), expires=30)
    return len(found)


@shared_task(name="doover_web.deployments.tasks.run_bulk_job", soft_time_limit=100, time_limit=120)
def run_bulk_job(job_id: int) -> bool:
    """Change the devices of a job, until it is done or another worker's turn has come."""
    until = time.monotonic() + TURN_SECONDS
    while run_job(job_id):
        if time.monotonic() > until:
            run_bulk_job.delay(job_id)
            return True
    return False


@shared_task
def sweep_bulk_jobs() -> int:
    """Go on with jobs that a dead worker left, and with those whose call was lost."""
    found = list(BulkJob.objects.moving().order_by("id").values_list("id", flat=True)[:AT_ONCE])
    for job_id in found:
        run_bulk_job.apply_async((job_id,), expires=30)
    return len(found)


@shared_task
def measure_usage(day: str | None = None) -> int:
    """Note what every organisation used on a day; without one, begin a task for each of the last days."""
    if day is not None:
        return usage.measure(date.fromisoformat(day))
    days = usage.days_to_measure(timezone.now().date())
    for one in days:
        measure_usage.delay(one.isoformat())
    return len(days)
