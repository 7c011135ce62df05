"""Jobs of the gateway, run by the worker's timetable."""

from celery import shared_task
from django.conf import settings

from doover_web.common.slices import slice_of
from doover_web.common.snowflake import now_ms

from .connection import sweep
from .models import SILENT
from .register import end_the_dead, forget_before

DOUBT_SECONDS = 10
DAY_MS = 24 * 3600 * 1000


@shared_task
def sweep_connections() -> int:
    """End what a web process that died left open, then judge who has no link any more. Returns how many badges
    changed."""
    end_the_dead(SILENT.total_seconds(), DOUBT_SECONDS)
    return sweep()


@shared_task
def forget_connections() -> int:
    """Delete the history of connections that is older than it is kept."""
    removed, is_more = slice_of(forget_before(now_ms() - settings.CONNECTION_DAYS * DAY_MS))
    if is_more:
        forget_connections.delay()
    return removed
