"""What the frame of every page shows: how many notifications somebody has not looked at."""

from django.db.models import Max, Subquery
from django.db.models.functions import Coalesce
from django.utils.functional import SimpleLazyObject

from .models import Delivery, Preference

MOST = 99  # beyond it the number says nothing more


def bell(request) -> dict:
    """`bell`: a number up to `MOST + 1`, counted when a page draws it."""
    if not getattr(request, "user", None) or not request.user.is_authenticated:
        return {}
    return {"bell": SimpleLazyObject(lambda: unread(request.user.agent_id))}


def unread(agent_id: int) -> int:
    seen = Preference.objects.filter(agent_id=agent_id).values("seen_id")
    newer = Delivery.objects.filter(subscriber_id=agent_id, notification_id__gt=Coalesce(Subquery(seen), 0))
    return newer.order_by().values("notification_id").distinct()[: MOST + 1].count()


def newest_of(agent_id: int) -> int:
    """The newest notification that somebody was told of; 0 for none."""
    told = Delivery.objects.filter(subscriber_id=agent_id)
    return told.aggregate(newest=Max("notification_id"))["newest"] or 0
