"""Jobs of identity, run by the worker's timetable."""

from collections.abc import Iterator
from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from doover_web.common.slices import slice_of

from .models import Token

# Long enough to answer "which token was that" from the audit log.
KEEP = timedelta(days=30)
ROWS = 5000


@shared_task
def forget_tokens() -> int:
    """Delete tokens that ended a while ago."""
    removed, is_more = slice_of(_ended())
    if is_more:
        forget_tokens.delay()
    return removed


def _ended() -> Iterator[int]:
    """Delete a small batch at each step: how many it were."""
    old = Token.objects.filter(expires_at__lt=timezone.now() - KEEP).values_list("pk", flat=True)
    while found := list(old[:ROWS]):
        yield Token.objects.filter(pk__in=found).delete()[0]
