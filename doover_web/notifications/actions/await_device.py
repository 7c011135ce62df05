"""Waiting for a device that is away: told once, at the endpoints one has by default, when it was heard of again."""

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from doover_web.common.snowflake import now_ms
from doover_web.common.wire import Conflict
from doover_web.data.ids import new_message_id
from doover_web.data.models import Badge
from doover_web.identity.models import Agent

from ..access import may_hear
from ..models import Awaited
from ..payload import Payload
from ..rules import notify
from ..spoken import BACK_ONLINE, ONLINE_TOPIC
from .subscription import endpoints_by_default

MOST_AWAITED = 200  # by one person
AT_ONCE = 200  # devices that one run tells of


@transaction.atomic
def await_device(*, subscriber: Agent, device: Agent) -> Awaited:
    """Wait for `device`; waiting twice is waiting."""
    Agent.objects.select_for_update().get(pk=subscriber.pk)  # so that two at once cannot pass the bound
    if Awaited.objects.filter(subscriber=subscriber).exclude(device=device).count() >= MOST_AWAITED:
        raise Conflict(_("You wait for %(most)s devices already") % {"most": MOST_AWAITED}, code="too_many")
    found, _made = Awaited.objects.get_or_create(subscriber=subscriber, device=device)
    return found


def stop_awaiting(*, subscriber: Agent, device: Agent) -> None:
    """No longer wait for it."""
    Awaited.objects.filter(subscriber=subscriber, device=device).delete()


def tell_back() -> list[int]:
    """Tell those who wait for devices that are back. Returns the endpoints that have something to be sent."""
    now = now_ms()
    there = Badge.objects.filter(Q(offline_from=None) | Q(offline_from__gt=now), agent_id=OuterRef("device_id"))
    back = Awaited.objects.filter(Exists(there.filter(seen__gt=OuterRef("since"))))
    ids = list(back.order_by("device_id").values_list("device_id", flat=True).distinct()[:AT_ONCE])
    return [endpoint for device_id in ids for endpoint in _tell_of(device_id)]


@transaction.atomic
def _tell_of(device_id: int) -> list[int]:
    rows = Awaited.objects.select_for_update(skip_locked=True, of=("self",)).select_related("subscriber")
    waiting = list(rows.filter(device_id=device_id))
    if not waiting:
        return []
    device = Agent.objects.select_related("group").get(pk=device_id)
    allowed = may_hear([one.subscriber for one in waiting], device, is_private=False)
    told = [one.subscriber for one in waiting if one.subscriber_id in allowed]
    Awaited.objects.filter(pk__in=[one.pk for one in waiting]).delete()
    endpoints = [endpoint for who in told for endpoint in endpoints_by_default(who)]
    if not endpoints:
        return []
    payload = Payload(BACK_ONLINE, topic=ONLINE_TOPIC)
    return notify(agent=device, message_id=new_message_id(), author_id=device_id, payload=payload, to=endpoints)
