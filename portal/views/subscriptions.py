"""What one wants to hear of: an agent, from a severity up, some topics, at one endpoint or the default ones."""

from django.contrib import messages as notes
from django.db import transaction
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from doover_web.common.wire import BadRequest, Refused
from doover_web.identity.auth import caller_of_user
from doover_web.identity.models import Agent
from doover_web.notifications import access
from doover_web.notifications.actions.subscription import (
    edit_subscriptions,
    end_subscriptions,
    move_subscription,
    subscribe,
)
from doover_web.notifications.models import Awaited, Endpoint, Subscription
from doover_web.notifications.topics import EXACT, REGEX, SEVERITIES, SEVERITY_NAMES
from doover_web.notifications.transports import obstacle, obstacle_words
from doover_web.pages.listing import read_listing
from doover_web.pages.permission_words import in_words

from ..page import page
from ..words import severity_choices

OFFERED = 500  # agents in the list to choose from; beyond it one comes from the device's page


@page
@require_http_methods(["GET", "HEAD", "POST"])
def subscriptions(request):
    """Everything one subscribed to; `?to=<agent>` opens the form for that one."""
    problem = ""
    if request.method == "POST":
        try:
            _do(request)
            return redirect("portal:subscriptions")
        except Refused as refusal:
            problem = in_words(refusal.message)
    caller = caller_of_user(request.user)
    found = Subscription.objects.filter(subscriber_id=request.user.agent_id).select_related("subscribed_to", "endpoint")
    seen = Agent.objects.visible_to(caller).in_use().filter(kind__in=(Agent.Kind.DEVICE, Agent.Kind.ORGANISATION))
    # To guests their organisation is closed, and stands for all devices that they may hear of.
    seen |= Agent.objects.in_use().filter(kind=Agent.Kind.ORGANISATION, pk__in=caller.organisations)
    shown = read_listing(request.GET, sorts=["name"]).page(found.order_by("subscribed_to__name", "id"))
    for one in shown:
        one.topics, one.excluded = "\n".join(one.topic_filter), "\n".join(one.topic_filter_exclude)
        one.why = obstacle_words(one.endpoint, to_operator=request.caller.is_superuser)
    awaited, offered = Awaited.objects.filter(subscriber=request.user.agent_id), _offered(request)
    context = {
        "problem": problem,
        "asked": request.POST if problem else {},
        "to": request.POST.get("to", "") or request.GET.get("to", ""),
        "page": shown,
        "wider": _wider(request, caller),
        "awaited": awaited.filter(device__in=Agent.objects.visible_to(caller)).select_related("device").order_by("id"),
        "arrives": any(arrives for one, arrives in offered if one.is_default),
        "agents": seen.order_by("-kind", "name")[:OFFERED],
        "endpoints": offered,
        "severities": severity_choices(),
        "usual": SEVERITIES["Info"],
    }
    return render(request, "portal/subscriptions.html", context, status=400 if problem else 200)


def _offered(request) -> list[tuple[Endpoint, bool]]:
    """The addresses to choose from, those first at which something arrives (True)."""
    mine = [(one, not obstacle(one)) for one in Endpoint.objects.of(request.user.agent_id).reachable()]
    return sorted(mine, key=lambda one: not one[1])


def _wider(request, caller) -> list[Subscription]:
    """What one hears already of the device that the form is about, because one hears of its whole organisation."""
    asked = request.POST.get("to", "") or request.GET.get("to", "")
    is_id = asked.isascii() and asked.isdecimal() and len(asked) < 19
    device = Agent.objects.visible_to(caller).devices().filter(pk=asked).first() if is_id else None
    if device is None:
        return []
    mine = Subscription.objects.filter(subscriber_id=request.user.agent_id)
    return list(mine.filter(subscribed_to=device.organisation_id).wire_order().select_related("subscribed_to"))


def _do(request) -> None:
    deed, asked = request.POST.get("do", ""), request.POST
    subscriber = access.subscriber_to_change(caller_of_user(request.user), "me")
    if deed == "add":
        endpoint = asked.get("endpoint", "")
        made = subscribe(
            subscriber=subscriber.agent,
            to=access.agent_to_hear(subscriber, asked.get("to", "")),
            endpoint=access.endpoint_of(subscriber, endpoint) if endpoint else None,
            **_parts(asked),
        )
        _tell(request, [one.endpoint for one in made])
        return
    found = access.subscription_of(subscriber, asked.get("subscription", ""))
    if deed == "edit":
        _edit(found, subscriber, asked)
        notes.success(request, _("Saved."))
    elif deed == "end":
        end_subscriptions(subscriptions=[found])
        notes.success(
            request, _("You hear no more of %(subscribed_to)s there.") % {"subscribed_to": found.subscribed_to}
        )


@transaction.atomic
def _edit(found: Subscription, subscriber: access.Subscriber, asked) -> None:
    """Change what is heard, and where."""
    edit_subscriptions(subscriptions=[found], changes=_parts(asked))
    if endpoint := asked.get("endpoint", ""):
        move_subscription(subscription=found, endpoint=access.endpoint_of(subscriber, endpoint))


def _tell(request, endpoints: list[Endpoint]) -> None:
    """Whether one will hear of it, and where; else what is missing."""
    tell_missing(request, endpoints)
    if ready := [one.name for one in endpoints if not obstacle(one)]:
        notes.success(request, _("You will hear of it at %(endpoints)s.") % {"endpoints": ", ".join(ready)})


def tell_missing(request, endpoints: list[Endpoint]) -> None:
    """At which of these endpoints nothing arrives, and why."""
    page = reverse("portal:endpoints")
    if all(one.is_nowhere for one in endpoints):
        words = _("Your choice is kept, but nobody can tell you yet: there is no address.")
        notes.warning(request, format_html('{} <a href="{}">{}</a>', words, page, _("Add an address")))
        return
    for one in endpoints:
        if why := obstacle_words(one, to_operator=request.caller.is_superuser):
            words = _("Nothing arrives at %(endpoint)s now: %(why)s.") % {"endpoint": one.name, "why": why}
            notes.warning(request, format_html('{} <a href="{}">{}</a>', words, page, _("Where you are told")))


def _parts(asked) -> dict:
    """The parts of a subscription that a form sends: a topic a line."""
    severity = asked.get("severity", "")
    if severity not in {str(number) for number in SEVERITY_NAMES}:
        raise BadRequest(_("Choose a severity"), code="bad_severity")
    return {
        "severity": int(severity),
        "topic_filter": _lines(asked.get("topics", "")),
        "topic_filter_mode": REGEX if asked.get("mode") == REGEX else EXACT,
        "topic_filter_exclude": _lines(asked.get("excluded", "")),
    }


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
