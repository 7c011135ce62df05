"""Subscribing, changing and ending subscriptions; every part is checked before it is kept."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from doover_web.common.wire import BadRequest, Conflict
from doover_web.identity.models import Agent

from ..kinds import Kind
from ..models import Endpoint, Subscription
from ..payload import severity_of
from ..topics import EXACT, LONGEST_ENTRY, MODES, MOST_ENTRIES, REGEX, SEVERITIES, problem_of
from .endpoint import STANDS_IN

MOST_SUBSCRIPTIONS = 5000
PARTS = ("severity", "topic_filter", "topic_filter_mode", "topic_filter_exclude")


@transaction.atomic
def subscribe(
    *,
    subscriber: Agent,
    to: Agent,
    endpoint: Endpoint | None,
    severity: Any,
    topic_filter: Any = (),
    topic_filter_mode: Any = EXACT,
    topic_filter_exclude: Any = (),
) -> list[Subscription]:
    """Hear of `to` at one endpoint, or at all default ones; what was agreed there before is replaced whole.

    Somebody without a default endpoint gets a placeholder, so that the wish is kept until there is one.
    """
    parts = check_parts(
        {
            "severity": severity,
            "topic_filter": topic_filter,
            "topic_filter_mode": topic_filter_mode,
            "topic_filter_exclude": topic_filter_exclude,
        }
    )
    Agent.objects.select_for_update().get(pk=subscriber.pk)  # so that two at once cannot pass the bound
    others = Subscription.objects.filter(subscriber=subscriber).exclude(subscribed_to=to)
    if others.count() >= MOST_SUBSCRIPTIONS:
        raise Conflict(
            _("There are %(most)s subscriptions already; end some first") % {"most": MOST_SUBSCRIPTIONS},
            code="too_many",
        )
    made = []
    for one in [endpoint] if endpoint else endpoints_by_default(subscriber):
        known = {"endpoint": one, "subscribed_to": to}
        found, _is_new = Subscription.objects.update_or_create(**known, defaults={"subscriber": subscriber, **parts})
        made.append(found)
    return made


@transaction.atomic
def edit_subscriptions(*, subscriptions: Iterable[Subscription], changes: dict[str, Any]) -> None:
    """Change the parts that `changes` names, in all of them; others stay."""
    parts = check_parts(changes)
    for one in subscriptions:
        for name, value in parts.items():
            setattr(one, name, value)
        if one.topic_filter_mode == REGEX:
            _check_expressions(one.topic_filter, "topic_filter")
        one.save(update_fields=list(parts))


@transaction.atomic
def move_subscription(*, subscription: Subscription, endpoint: Endpoint) -> None:
    """Hear of it at another endpoint; what was agreed there before is replaced."""
    if endpoint.pk != subscription.endpoint_id:
        endpoint.subscriptions.filter(subscribed_to=subscription.subscribed_to_id).delete()
        subscription.endpoint = endpoint
        subscription.save(update_fields=["endpoint"])


def end_subscriptions(*, subscriptions: Iterable[Subscription]) -> int:
    """Returns how many there were."""
    return Subscription.objects.filter(pk__in=[one.pk for one in subscriptions]).delete()[0]


def check_parts(parts: dict[str, Any]) -> dict[str, Any]:
    """The columns for these parts of a subscription. BadRequest for what is none."""
    checked: dict[str, Any] = {}
    if "severity" in parts:
        checked["severity"] = severity_of(parts["severity"])
        if checked["severity"] is None:
            names = ", ".join(SEVERITIES)
            raise BadRequest(_("severity is 3 to 7, or one of %(names)s") % {"names": names}, code="bad_severity")
    if "topic_filter_mode" in parts:
        checked["topic_filter_mode"] = parts["topic_filter_mode"]
        if parts["topic_filter_mode"] not in MODES:
            raise BadRequest(_("topic_filter_mode is exact or regex"), code="bad_mode")
    for name in ("topic_filter", "topic_filter_exclude"):
        if name in parts:
            checked[name] = _entries(parts[name], name)
    if checked.get("topic_filter_mode") == REGEX:
        _check_expressions(checked.get("topic_filter", []), "topic_filter")
    _check_expressions(checked.get("topic_filter_exclude", []), "topic_filter_exclude")
    return checked


def _entries(value: Any, name: str) -> list[str]:
    if not isinstance(value, list | tuple) or len(value) > MOST_ENTRIES:
        raise BadRequest(
            _("%(name)s is a list of up to %(most)s texts") % {"name": name, "most": MOST_ENTRIES}, code="bad_filter"
        )
    if not all(isinstance(one, str) and 1 <= len(one) <= LONGEST_ENTRY and "\x00" not in one for one in value):
        raise BadRequest(
            _("An entry of %(name)s is a text of 1 to %(most)s characters") % {"name": name, "most": LONGEST_ENTRY},
            code="bad_filter",
        )
    return list(value)


def _check_expressions(entries: Iterable[str], name: str) -> None:
    for one in entries:
        if problem := problem_of(one):
            raise BadRequest(
                _("%(name)s holds %(one)s, which is no expression: %(problem)s")
                % {"name": name, "one": repr(one[:80]), "problem": problem},
                code="bad_expression",
            )


def endpoints_by_default(subscriber: Agent) -> list[Endpoint]:
    """Where somebody is told who named no endpoint; a placeholder for who has none."""
    return list(Endpoint.objects.of(subscriber.id).default()) or [_placeholder(subscriber)]


def _placeholder(subscriber: Agent) -> Endpoint:
    kind = Kind.Placeholder
    known = Endpoint.objects.filter(agent=subscriber, type=kind, name=STANDS_IN, is_default=True).first()
    return known or Endpoint.objects.create(agent=subscriber, type=kind, name=STANDS_IN, is_default=True)
