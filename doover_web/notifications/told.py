"""Lists of what was told: to one person, and of the devices of an organisation."""

from dataclasses import dataclass, field

from django.db.models import Exists, OuterRef, Q, QuerySet

from .models import Delivery, Notification

ENDPOINTS = 8  # that a person has; of one with more the newest may be fewer

LOOKED_BACK = 200  # deliveries, for what became of the last one at each endpoint


@dataclass(frozen=True, slots=True)
class Row:
    """A notification and what came of it at each endpoint of whoever looks."""

    notification: Notification
    deliveries: list[Delivery] = field(default_factory=list)


def told_to(agent_id: int, *, search: str = "", severity: int = 0, about: int | None = None) -> QuerySet:
    """What somebody was told, in the order in which it was said, the newest first."""
    mine = Delivery.objects.filter(notification=OuterRef("pk"), subscriber_id=agent_id)
    found = Notification.objects.filter(Exists(mine)).select_related("agent").order_by("-at", "-id")
    if search:
        named = Q(agent__name__icontains=search) | Q(agent__display_name__icontains=search)
        found = found.filter(Q(message__icontains=search) | Q(title__icontains=search) | named)
    if severity:
        found = found.filter(severity__gte=severity)
    return found if about is None else found.filter(agent_id=about)


def newest_told(agent_id: int, most: int) -> list[Notification]:
    """The last things that somebody was told, out of their newest deliveries: as quick however much was told."""
    newest = Delivery.objects.filter(subscriber_id=agent_id, notification__isnull=False).order_by("-id")
    ids = list(dict.fromkeys(newest.values_list("notification_id", flat=True)[: most * ENDPOINTS]))[:most]
    return list(Notification.objects.filter(pk__in=ids).select_related("agent").order_by("-at", "-id"))


def with_deliveries(notifications: list[Notification], agent_id: int) -> list[Row]:
    """The rows of a page, in one query more."""
    rows = {one.pk: Row(one) for one in notifications}
    mine = Delivery.objects.filter(notification__in=rows, subscriber_id=agent_id)
    for delivery in mine.select_related("endpoint").order_by("id"):
        rows[delivery.notification_id].deliveries.append(delivery)
    return list(rows.values())


def last_problems(agent_id: int) -> dict[int, str]:
    """Why the last thing sent to an endpoint of somebody did not arrive, by the id of each such endpoint."""
    newest = Delivery.objects.filter(subscriber_id=agent_id).order_by("-id")[:LOOKED_BACK]
    last: dict[int | None, Delivery] = {}
    for one in newest:
        if one.ended_at is not None:
            last.setdefault(one.endpoint_id, one)
    missed = (Delivery.Status.FAILED, Delivery.Status.GIVEN_UP)
    return {key: one.problem for key, one in last.items() if key is not None and one.status in missed}


def log_of(organisation_id: int, *, search: str = "", status: str = "") -> QuerySet:
    """Every delivery about an organisation's agents, newest first."""
    found = Delivery.objects.filter(organisation_id=organisation_id).order_by("-id")
    found = found.select_related("notification__agent", "subscriber")
    if search:
        about = Q(notification__message__icontains=search) | Q(notification__agent__display_name__icontains=search)
        who = Q(subscriber__display_name__icontains=search) | Q(subscriber__name__icontains=search)
        found = found.filter(about | who | Q(notification__agent__name__icontains=search))
    return found.filter(status=status) if status in Delivery.Status.values else found
