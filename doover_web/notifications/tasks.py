"""Jobs of notifications: what `rules.heard` wakes, and what the worker's timetable sweeps up."""

from collections.abc import Iterator
from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from doover_web.common.slices import slice_of

from . import rules
from .actions import delivery
from .actions.await_device import tell_back
from .models import Delivery, Notification

KEPT = timedelta(days=90)
BATCH = 5000
MOST_ENDPOINTS = 500  # that one sweep starts a job for


@shared_task
def drain() -> int:
    """Outbox → deliveries, and a job for every endpoint that has one."""
    endpoints = rules.drain_all()
    for endpoint_id in endpoints:
        deliver.apply_async((endpoint_id,), expires=600)
    return len(endpoints)


@shared_task(soft_time_limit=240, time_limit=270)
def deliver(endpoint_id: int) -> int:
    """Send what is due at one endpoint."""
    return delivery.deliver(endpoint_id)


@shared_task
def sweep() -> int:
    """What a crash left, what waited for the night, a flood or another try to be over."""
    delivery.requeue_abandoned()
    drain()
    tell_back()
    endpoints = delivery.endpoints_with_work(MOST_ENDPOINTS)
    for endpoint_id in endpoints:
        deliver.apply_async((endpoint_id,), expires=600)
    return len(endpoints)


@shared_task
def forget() -> int:
    """Delete notifications and their log after 90 days."""
    removed, is_more = slice_of(_old())
    if is_more:
        forget.delay()
    return removed


def _old() -> Iterator[int]:
    """Delete a small batch at each step: how many it were."""
    old = timezone.now() - KEPT
    for model in (Notification, Delivery):
        while found := list(model.objects.filter(created_at__lt=old).values_list("pk", flat=True)[:BATCH]):
            yield model.objects.filter(pk__in=found).delete()[0]
