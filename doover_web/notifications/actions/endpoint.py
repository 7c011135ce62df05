"""Making, changing, testing and removing the ways to reach somebody."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from doover_web.common.wire import BadRequest, Conflict, NotFound, TooMany
from doover_web.identity.limits import Limit
from doover_web.identity.models import Agent

from .. import transports
from ..kinds import Kind
from ..letter import Letter, NotSent
from ..models import Delivery, Endpoint, Subscription
from ..transports import webhook

MOST_ENDPOINTS = 50
MOST_EXTRA = 8 * 1024  # characters, as text
TESTS_A_MINUTE = 10
SECRET = "secret"  # noqa: S105  the name of a key
# The name of the endpoint that keeps subscriptions for somebody who has none.
STANDS_IN = "Placeholder"
_tests = Limit("notification-test", TESTS_A_MINUTE)


@transaction.atomic
def create_endpoint(
    *, agent: Agent, name: str, kind: int, extra_data: dict, is_default: bool, priority: int | None = None
) -> tuple[Endpoint, str]:
    """A new endpoint, and the secret that a webhook's deliveries are signed with (empty for others), told only here."""
    Agent.objects.select_for_update().get(pk=agent.pk)  # so that two at once cannot pass the bound
    if Endpoint.objects.filter(agent=agent).count() >= MOST_ENDPOINTS:
        raise Conflict(
            _("There are %(most)s endpoints already; remove one first") % {"most": MOST_ENDPOINTS}, code="too_many"
        )
    kept, sealed, told = _checked(kind, extra_data)
    endpoint = Endpoint.objects.create(
        agent=agent,
        name=_name(name),
        type=kind,
        is_default=is_default,
        extra_data=kept,
        sealed_secret=sealed,
        priority=priority,
    )
    if is_default and kind != Kind.Placeholder:
        _take_over(endpoint)
        _join(endpoint)
    return endpoint, told


def _take_over(endpoint: Endpoint) -> None:
    """What was subscribed before there was a default endpoint arrives here from now on."""
    stands_in = Endpoint.objects.filter(agent_id=endpoint.agent_id, type=Kind.Placeholder, name=STANDS_IN)
    for one in stands_in.default():
        one.subscriptions.update(endpoint=endpoint)
        one.delete()


def _join(endpoint: Endpoint) -> None:
    """What somebody hears of at default endpoints arrives at this one too, now that it is one of them."""
    heard = {one.subscribed_to_id: one for one in reversed(_at_other_defaults(endpoint))}
    rows = [
        Subscription(endpoint=endpoint, subscriber_id=endpoint.agent_id, subscribed_to_id=to, **one.parts)
        for to, one in heard.items()
    ]
    Subscription.objects.bulk_create(rows, ignore_conflicts=True)


def _part_with(endpoint: Endpoint) -> None:
    """What arrived here only as at every default endpoint arrives at the others alone; whatever else stays."""
    others = [(one.subscribed_to_id, one.parts) for one in _at_other_defaults(endpoint)]
    mine = [one.pk for one in endpoint.subscriptions.all() if (one.subscribed_to_id, one.parts) in others]
    Subscription.objects.filter(pk__in=mine).delete()


def _at_other_defaults(endpoint: Endpoint) -> list[Subscription]:
    """The subscriptions at the default endpoints beside this one, those of the first endpoint first."""
    others = Endpoint.objects.of(endpoint.agent_id).default().exclude(pk=endpoint.pk)
    place = {pk: number for number, pk in enumerate(others.values_list("pk", flat=True))}
    found = Subscription.objects.filter(endpoint__in=list(place))
    return sorted(found, key=lambda one: (place[one.endpoint_id], one.pk))


@transaction.atomic
def edit_endpoint(*, endpoint: Endpoint, **changes: Any) -> Endpoint:
    """Change `name`, `extra_data`, `priority`, `is_default`; another address is on again. Keys left out stay."""
    if "name" in changes:
        endpoint.name = _name(changes["name"])
    if "priority" in changes:
        endpoint.priority = changes["priority"]
    if "is_default" in changes:
        was_default, endpoint.is_default = endpoint.is_default, changes["is_default"]
        if endpoint.is_default != was_default:
            (_join if endpoint.is_default else _part_with)(endpoint)
    if "extra_data" in changes:
        kept, sealed, _told = _checked(endpoint.type, changes["extra_data"], endpoint.sealed_secret)
        endpoint.extra_data, endpoint.sealed_secret = kept, sealed
        endpoint.off_since, endpoint.off_because = None, ""
    fields = ["name", "priority", "is_default", "extra_data", "sealed_secret", "off_since", "off_because"]
    endpoint.save(update_fields=fields)
    return endpoint


@transaction.atomic
def delete_endpoint(*, endpoint: Endpoint) -> None:
    """Remove it with its subscriptions; what still waits for it is not sent, and the log says so."""
    waiting = Delivery.objects.filter(endpoint=endpoint, status=Delivery.Status.QUEUED)
    waiting.fail("The endpoint was removed")
    endpoint.delete()


def try_endpoint(*, endpoint: Endpoint, zone: str = "", language: str = "") -> str:
    """Send a test now, and wait for it. Returns what went wrong; nothing when it is on its way."""
    if _tests.count():
        raise TooMany(f"{TESTS_A_MINUTE} tests a minute are enough; wait a moment")
    test = Delivery.objects.create(
        endpoint=endpoint,
        endpoint_name=endpoint.name,
        endpoint_type=endpoint.type,
        subscriber_id=endpoint.agent_id,
        organisation_id=endpoint.agent.organisation_id,
    )
    rows = Delivery.objects.filter(pk=test.pk)
    rows.claim()
    try:
        transports.send(Letter(f"test-{test.pk}", endpoint, [], zone, language))
    except NotSent as problem:
        rows.fail(str(problem))
        if problem.is_gone:
            endpoint.switch_off(str(problem))
        return str(problem)
    rows.sent()
    return ""


@transaction.atomic
def renew_web_push(*, agent_id: int, old_endpoint: str, extra_data: dict) -> Endpoint:
    """A browser got another subscription in place of its old one."""
    known = Endpoint.objects.filter(agent_id=agent_id, type=Kind.WebPush, extra_data__endpoint=old_endpoint)
    endpoint = known.select_for_update().first()
    if endpoint is None:
        raise NotFound("No browser of yours has this subscription; add it as a new endpoint")
    return edit_endpoint(endpoint=endpoint, extra_data=extra_data)


def _name(name: str) -> str:
    name = name.replace("\x00", "").strip()
    if not 1 <= len(name) <= 255:
        raise BadRequest(_("An endpoint needs a name of 1 to 255 characters"), code="bad_name")
    return name


def _checked(kind: int, extra_data: dict, sealed: str = "") -> tuple[dict, str, str]:
    """What is kept of `extra_data`, the sealed secret, and the secret in clear when it is a new one of ours."""
    if len(str(extra_data)) > MOST_EXTRA:
        raise BadRequest(_("extra_data is too large"), code="bad_extra_data")
    transports.check(kind, extra_data)
    if kind != Kind.Http:
        return extra_data, "", ""
    kept = {key: value for key, value in extra_data.items() if key != SECRET}
    given = extra_data.get(SECRET)
    if given is not None:
        return kept, webhook.sealed(webhook.check_secret(given)), ""
    if sealed:
        return kept, sealed, ""
    made = webhook.new_secret()
    return kept, webhook.sealed(made), made
