"""How a roll-out stands, for who watches: counted, and put into the organisation's channel `dv-rollouts`."""

from collections import Counter

from django.db.models import Count

from doover_web.data.access import reach_agent
from doover_web.data.publish import apply
from doover_web.data.writes import ChangeAggregate
from doover_web.identity.auth import in_name_of

from .models import Rollout

LIVE = "dv-rollouts"


def counts_of(rollout: Rollout) -> dict[int, Counter]:
    """How many devices of each ring stand how."""
    found: dict[int, Counter] = {ring: Counter() for ring in range(len(rollout.rings))}
    counted = rollout.devices.order_by().values_list("ring", "result").annotate(number=Count("pk"))
    for ring, result, number in counted:
        found[ring][result] = number
    return found


def show(rollout: Rollout) -> None:
    """Put how it stands into the organisation's channel `dv-rollouts`, for who watches; ended ones make room."""
    reach = reach_agent(in_name_of(rollout.organisation), rollout.organisation_id)
    total: Counter = sum(counts_of(rollout).values(), Counter())
    entry = {"status": rollout.status, "ring": rollout.ring, "rings": len(rollout.rings), "devices": dict(total)}
    ended = Rollout.objects.filter(organisation=rollout.organisation, ended_at__isnull=False).exclude(pk=rollout.pk)
    gone = {str(one): None for one in ended.order_by("-id").values_list("id", flat=True)[:20]}
    patch = {**gone, str(rollout.id): entry}
    apply(ChangeAggregate(reach, LIVE, patch, replace=(str(rollout.id),)))
