"""Quiet hours, and how far the list was read."""

from datetime import time

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Greatest
from django.utils import timezone
from django.utils.translation import gettext as _

from doover_web.common.wire import BadRequest
from doover_web.common.zones import zone_names
from doover_web.identity.models import Agent

from ..models import Delivery, Preference


@transaction.atomic
def set_quiet_hours(*, agent: Agent, begins: time | None, ends: time | None, zone: str) -> Preference:
    """Be left alone from `begins` to `ends` on the clock of `zone`; None for both is never.

    What waits for the old hours waits for the new ones, or goes out.
    """
    if (begins is None) != (ends is None):
        raise BadRequest(_("Quiet hours need a beginning and an end"), code="bad_quiet_hours")
    if begins is not None and (begins == ends or zone not in zone_names()):
        raise BadRequest(_("Choose two different times, and a time zone"), code="bad_quiet_hours")
    values = {"quiet_from": begins, "quiet_until": ends, "quiet_zone": zone if begins is not None else ""}
    preference, _made = Preference.objects.update_or_create(agent=agent, defaults=values)
    now = timezone.now()
    quiet = preference.quiet_hours
    due_at = (quiet.end_after(now) if quiet else None) or now
    waiting = Delivery.objects.filter(subscriber=agent, status=Delivery.Status.QUEUED)
    waiting.filter(waits_for=Delivery.Waits.QUIET).update(due_at=due_at)
    return preference


def quiet_hours_follow(*, agent: Agent, before: str, now: str) -> None:
    """Quiet hours on the clock of the account, whose zone was `before`, go on in its zone of `now`; others stay."""
    kept = Preference.objects.filter(agent=agent, quiet_from__isnull=False, quiet_zone=before).first()
    if kept is not None and before != now:
        set_quiet_hours(agent=agent, begins=kept.quiet_from, ends=kept.quiet_until, zone=now)


def mark_seen(*, agent: Agent, notification_id: int) -> None:
    """The list was read up to here; it never goes back."""
    preference, _made = Preference.objects.get_or_create(agent=agent)
    Preference.objects.filter(pk=preference.pk).update(seen_id=Greatest(F("seen_id"), notification_id))
