"""Bringing what waits for an endpoint to it: claimed by compare-and-set, sent, and noted.

A worker that dies in between leaves rows that are `sending`; when their lease is over the sweep queues them again. So a
notification may arrive twice, with the same key, and its row is there once.
"""

import logging
import time
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from doover_web.identity.models import User

from .. import transports
from ..letter import Letter, NotSent
from ..models import Delivery, Endpoint
from ..models.delivery import DeliveryQuerySet
from ..pace import WINDOW, Plan, plan

log = logging.getLogger(__name__)
MOST_AT_ONCE = 5000  # in a digest
BUSY_SECONDS = 15  # a slow endpoint gives its worker back after this long


def deliver(endpoint_id: int) -> int:
    """Send what is due at an endpoint. Returns how many deliveries went out."""
    endpoint, made, lease = _claim(endpoint_id)
    if endpoint is None or lease is None:
        return 0
    reader = User.objects.filter(pk=endpoint.agent_id).values_list("zone", "language").first() or ("", "")
    count, started = 0, time.monotonic()
    for bundle in [*([one] for one in made.single), made.digest]:
        rows = Delivery.objects.filter(pk__in=[one.pk for one in bundle]).held_since(lease)
        if not bundle:
            continue
        if time.monotonic() - started > BUSY_SECONDS:
            rows.release()
        elif _send(endpoint, bundle, rows, reader):
            count += rows.sent(is_digest=len(bundle) > 1)
    return count


@transaction.atomic
def _claim(endpoint_id: int) -> tuple[Endpoint | None, Plan, datetime | None]:
    """Take what goes out now, and put off what waits for the window to end; one worker at a time."""
    now = timezone.now()
    endpoint = Endpoint.objects.select_for_update(of=("self",)).select_related("agent").filter(pk=endpoint_id).first()
    if endpoint is None:
        return None, Plan(), None
    due = Delivery.objects.due(now).filter(endpoint=endpoint, notification__isnull=False)
    due = due.select_related("notification__agent").order_by("id")[:MOST_AT_ONCE]
    _turn_window(endpoint, now)
    made = plan(list(due), sent=endpoint.window_sent, most=transports.most_of(endpoint))
    _put_off(made.held, endpoint)
    going = [one.pk for one in (*made.single, *made.digest)]
    lease = Delivery.objects.filter(pk__in=going).claim() if going else None
    endpoint.window_sent += made.outgoing
    endpoint.save(update_fields=["window_began", "window_sent"])
    return endpoint, made, lease


def _turn_window(endpoint: Endpoint, now: datetime) -> None:
    if endpoint.window_began is None or now >= endpoint.window_began + WINDOW:
        endpoint.window_began, endpoint.window_sent = now, 0


def _put_off(held: Sequence[Delivery], endpoint: Endpoint) -> None:
    assert endpoint.window_began is not None
    queued = Delivery.objects.filter(pk__in=[one.pk for one in held], status=Delivery.Status.QUEUED)
    queued.update(due_at=endpoint.window_began + WINDOW, waits_for=Delivery.Waits.FLOOD)


def _send(endpoint: Endpoint, bundle: list[Delivery], rows: DeliveryQuerySet, reader: tuple[str, str]) -> bool:
    """Send one letter for `bundle` to a reader with a zone and a language. What goes wrong is noted in its rows."""
    told = [one.notification for one in bundle if one.notification is not None]
    try:
        transports.send(Letter(f"{endpoint.id}-{bundle[0].pk}", endpoint, told, *reader))
    except NotSent as problem:
        _note(endpoint, rows, problem)
        return False
    except Exception as problem:
        log.exception("Delivery %s failed", bundle[0].pk)
        rows.put_off(f"The server failed on it: {type(problem).__name__}")
        return False
    return True


def _note(endpoint: Endpoint, rows: DeliveryQuerySet, problem: NotSent) -> None:
    if problem.for_good:
        rows.fail(str(problem))
    else:
        rows.put_off(str(problem))
    if problem.is_gone and endpoint.switch_off(str(problem)):
        Delivery.objects.filter(endpoint=endpoint, status=Delivery.Status.QUEUED).fail(str(problem))


def requeue_abandoned() -> int:
    """Sending → queued, where a worker did not come back. A test that nobody waits for any more is over."""
    now = timezone.now()
    lost = Delivery.objects.abandoned(now)
    lost.filter(Q(notification=None) | Q(endpoint=None)).fail("The worker stopped in the middle")
    return lost.update(status=Delivery.Status.QUEUED, due_at=now)


def endpoints_with_work(limit: int) -> list[int]:
    """The endpoints that something is due at, those waiting longest first."""
    due = Delivery.objects.due(timezone.now()).filter(endpoint__isnull=False, notification__isnull=False)
    ordered = due.order_by("due_at").values_list("endpoint_id", flat=True)[: limit * 20]
    return list(dict.fromkeys(ordered))[:limit]
