"""Jobs of identity, run by the worker's timetable."""

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from .models import Token

# Long enough to answer "which token was that" from the audit log.
KEEP = timedelta(days=30)
ROWS = 5000


@shared_task
def forget_tokens() -> int:
    """Delete tokens that ended a while ago, in small batches."""
    removed = 0
    while True:
        old = Token.objects.filter(expires_at__lt=timezone.now() - KEEP).values_list("pk", flat=True)[:ROWS]
        count, _ = Token.objects.filter(pk__in=list(old)).delete()
        if not count:
            return removed
        removed += count
