"""Jobs of the processors, run by the worker's timetable."""

from celery import shared_task

from .actions import sweep
from .triggers import queue_runs


@shared_task
def sweep_invocations() -> int:
    """End calls that waited for longer than six hours, and forget what is older than a month."""
    return sweep()


@shared_task
def sweep_outbox() -> int:
    """Queue the runs that a crash left in the outbox."""
    return queue_runs()
