"""Jobs of fences: what `watch.heard` wakes, and what the worker's timetable sweeps up."""

from celery import shared_task

from . import watch


@shared_task
def judge() -> int:
    """Places that wait → crossings."""
    return watch.judge_all()
