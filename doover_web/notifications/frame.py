"""What the frame of every page shows: how many notifications somebody has not looked at."""

from django.db.models import Max
from django.utils.functional import SimpleLazyObject

from doover_web.data.asking import ask

from .models import Delivery

MOST = 99  # beyond it the number says nothing more
UNREAD = """
SELECT count(*) FROM (
    SELECT DISTINCT notification_id FROM notifications_delivery
    WHERE subscriber_id = %(who)s AND notification_id > COALESCE(
        (SELECT seen_id FROM notifications_preference WHERE agent_id = %(who)s), 0)
    LIMIT %(most)s
) AS unread
"""


def bell(request) -> dict:
    """`bell`: a number up to `MOST + 1`, counted when a page draws it."""
    if not getattr(request, "user", None) or not request.user.is_authenticated:
        return {}
    return {"bell": SimpleLazyObject(lambda: unread(request.user.agent_id))}


def unread(agent_id: int) -> int:
    """How many notifications somebody did not look at yet, up to `MOST + 1`."""
    return ask(UNREAD, {"who": agent_id, "most": MOST + 1})[0][0]


def newest_of(agent_id: int) -> int:
    """The newest notification that somebody was told of; 0 for none."""
    told = Delivery.objects.filter(subscriber_id=agent_id)
    return told.aggregate(newest=Max("notification_id"))["newest"] or 0
