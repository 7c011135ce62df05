"""Listener: a message on a `notifications` channel → a delivery for everybody who subscribed to it.

`heard` only wakes a worker; what there is to do stands in the outbox (`data/outbox.py`).
"""

import logging
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from celery import current_app
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.module_loading import import_string

from doover_web.common.snowflake import ms_of
from doover_web.common.wire import Refused
from doover_web.data import outbox
from doover_web.data.access import reach_agent
from doover_web.data.alarm_journal import is_beginning, is_of_connection, is_of_private
from doover_web.data.aside import aside
from doover_web.data.events import Event
from doover_web.data.models import Channel, OutboxEntry
from doover_web.data.publish import post_message
from doover_web.identity.auth import Caller
from doover_web.identity.models import Agent
from doover_web.identity.standing import Standing

from .access import may_hear
from .kinds import Kind
from .models import Delivery, Endpoint, Notification, Preference, Subscription
from .payload import Payload, read, read_text
from .topics import SEVERITIES, alarm_event
from .transports import obstacle

log = logging.getLogger(__name__)
# What is dated further back is an import of history, not news.
NEWS = timedelta(days=7)
DRAIN = "doover_web.notifications.tasks.drain"


def heard(events: Sequence[Event]) -> None:
    """Wake a worker when there is something to tell."""
    if any(outbox.concerns(event) for event in events):
        aside(wake)


def wake() -> None:
    """A call to the worker is only a hint: without a broker the timetable's sweep finds the rows."""
    try:
        current_app.send_task(DRAIN, retry=False, expires=60)
    except Exception as problem:
        log.warning("The worker could not be woken: %s", problem)


def drain_all() -> list[int]:
    """React to everything that waits. Returns the endpoints that have something to be sent."""
    while outbox.drain(outbox.Kind.ALARM, say_alarm):
        pass
    endpoints: set[int] = set()
    while outbox.drain(outbox.Kind.NOTIFICATION, lambda entry: endpoints.update(tell(entry))):
        pass
    return sorted(endpoints)


def say_alarm(entry: OutboxEntry) -> None:
    """An alarm's change becomes a message of its agent, under an id that was chosen with the change. That all is well
    from the beginning is no news. What it says of a private channel is told to those who may see such, and stands in no
    message that others read."""
    agent = _agent(entry)
    if agent is None or is_beginning(agent.id, entry.payload["message_id"]):
        return
    message_id, data = entry.payload["message_id"], entry.payload["data"]
    if is_of_private(agent.id, message_id):
        notify(agent=agent, message_id=message_id, author_id=agent.id, payload=read(data), is_private=True)
        return
    caller = Caller(agent.id, agent.kind, agent.title, Standing(agent.id), agent.organisation_id)
    reach = reach_agent(caller, agent.id)
    try:
        with transaction.atomic():
            post_message(reach=reach, name=outbox.NOTIFICATIONS, data=data, message_id=message_id)
    except Refused as refusal:  # the channel's schema, for one; people hear of it all the same
        log.warning("An alarm of %s could not be kept as a message: %s", agent.id, refusal)
        notify(agent=agent, message_id=message_id, author_id=agent.id, payload=read(data))


def tell(entry: OutboxEntry) -> list[int]:
    """A message became due: make its deliveries. Returns the endpoints they go to."""
    agent = _agent(entry)
    if agent is None:
        return []
    payload = read_text(entry.payload["text"])
    return notify(
        agent=agent,
        message_id=entry.payload["message_id"],
        author_id=entry.payload["author_id"],
        payload=payload,
    )


@transaction.atomic
def notify(
    *,
    agent: Agent,
    message_id: int,
    author_id: int,
    payload: Payload,
    to: list[Endpoint] | None = None,
    is_private: bool = False,
) -> list[int]:
    """Keep a notification of `agent` and queue a delivery to every endpoint that is to have it: those of who subscribed
    to it, or the ones in `to`. With `is_private` it is for those alone who may see private channels.

    The same message again changes nothing. Returns the ids of the endpoints.
    """
    now = timezone.now()
    at = datetime.fromtimestamp(ms_of(message_id) / 1000, UTC)
    values = {name: getattr(payload, name) for name in ("title", "severity", "topic")}
    values["message"] = _words(agent, payload.message)
    values["of_connection"] = bool(alarm_event(payload.topic)) and is_of_connection(agent.id, message_id)
    known = {"agent": agent, "message_id": message_id}
    notification, _ = Notification.objects.get_or_create(**known, defaults={"author_id": author_id, "at": at, **values})
    if at < now - NEWS:
        return []
    endpoints = _endpoints(agent, payload, is_private) if to is None else to
    quiet = _quiet_until(endpoints, payload, now)
    rows = [_delivery(notification, endpoint, quiet.get(endpoint.agent_id), now) for endpoint in endpoints]
    Delivery.objects.bulk_create(rows, ignore_conflicts=True)
    return [row.endpoint_id for row in rows if row.endpoint_id and row.due_at <= now]


def _words(agent: Agent, text: str) -> str:
    """A sentence by the names of its device's page; as it was said, where the page is beyond reading."""
    try:
        return import_string(settings.NOTIFICATION_WORDS)(agent.id, text)
    except Exception:  # whatever a document holds, people are told
        log.warning("What %s said could not be put by its names", agent.id, exc_info=True)
        return text


def _agent(entry: OutboxEntry) -> Agent | None:
    return Agent.objects.filter(pk=entry.agent_id).select_related("group").first()


def _endpoints(agent: Agent, payload: Payload, is_private: bool) -> list[Endpoint]:
    """Where somebody wants to hear of it who may: subscribed to the agent, or to its organisation."""
    heard_of = {agent.id, agent.organisation_id or agent.id}
    found = Subscription.objects.filter(subscribed_to__in=heard_of, severity__lte=payload.severity)
    found = found.select_related("endpoint", "subscriber").order_by("endpoint__priority", "id")
    wanted = {one.endpoint_id: one for one in found if one.takes(payload.severity, payload.topic)}
    hidden = Channel.objects.filter(agent_id=agent.id, name=outbox.NOTIFICATIONS, is_private=True)
    subscribers = {one.subscriber_id: one.subscriber for one in wanted.values()}
    allowed = may_hear(subscribers.values(), agent, is_private=is_private or hidden.exists())
    return [one.endpoint for one in wanted.values() if one.subscriber_id in allowed]


def _quiet_until(endpoints: list[Endpoint], payload: Payload, now: datetime) -> dict[int, datetime]:
    """Whose quiet hours it is now, and when they end; what is critical breaks through, and programs never sleep."""
    if payload.severity >= SEVERITIES["Critical"]:
        return {}
    people = {one.agent_id for one in endpoints}
    found = Preference.objects.filter(agent__in=people, quiet_from__isnull=False)
    ends = {one.agent_id: one.quiet_hours.end_after(now) for one in found if one.quiet_hours}
    return {agent_id: end for agent_id, end in ends.items() if end is not None}


def _delivery(notification: Notification, endpoint: Endpoint, quiet_until: datetime | None, now: datetime) -> Delivery:
    # What cannot arrive is over at once, so that the night hides no missing address.
    waits = quiet_until is not None and endpoint.type != Kind.Http and not obstacle(endpoint)
    return Delivery(
        notification=notification,
        endpoint=endpoint,
        endpoint_name=endpoint.name,
        endpoint_type=endpoint.type,
        subscriber_id=endpoint.agent_id,
        organisation_id=notification.agent.organisation_id,
        due_at=quiet_until if waits and quiet_until else now,
        waits_for=Delivery.Waits.QUIET if waits else Delivery.Waits.NOTHING,
        created_at=now,
    )
