"""What one was told, and how one is reached."""

from datetime import time

from django.contrib import messages as notes
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from doover_web.common.wire import BadRequest, Refused
from doover_web.common.zones import zone_names
from doover_web.identity.auth import caller_of_user
from doover_web.notifications import access, vapid
from doover_web.notifications.actions.endpoint import create_endpoint, delete_endpoint, edit_endpoint, try_endpoint
from doover_web.notifications.actions.preference import mark_seen, set_quiet_hours
from doover_web.notifications.frame import newest_of
from doover_web.notifications.kinds import Kind
from doover_web.notifications.models import Endpoint, Notification, Preference
from doover_web.notifications.told import Row, last_problems, newest_told, told_to, with_deliveries
from doover_web.notifications.topics import SEVERITIES
from doover_web.notifications.transports import WAYS, obstacle_words
from doover_web.pages.listing import read_listing
from doover_web.pages.parts import part_of
from doover_web.pages.permission_words import in_words

from ..page import page
from ..told import notified
from ..topics import topics_of
from ..ui.names import names_at
from ..words import KIND_WORDS, SEVERITY_WORDS

IN_PANEL = 20
# What a person types for each kind that can be added here: the key of `extra_data`, its label, an example.
FIELDS = {
    Kind.Email: ("email", gettext_lazy("Address"), "name@example.com"),
    Kind.Sms: ("number", gettext_lazy("Number, with the country"), "+61400000000"),
    Kind.Http: ("url", gettext_lazy("Address that takes a POST"), "https://example.com/hook"),
}
# Said in the form beforehand, of what this server is not set up to send.
SENDS_NONE = {
    Kind.Email: gettext_lazy("This server sends no mail: nothing arrives at an e-mail address."),
    Kind.Sms: gettext_lazy("This server sends no text messages: nothing arrives at a number."),
}


@page
@require_safe
def received(request):
    """What one was told, newest first, and what came of it. Looking at the newest takes the number off the bell.
    `?part=list` is the list alone, which the page reads again: what is new since it was opened (`seen`) stays so."""
    mine = request.user.agent_id
    listing = read_listing(request.GET, sorts=["time"])
    severity = request.GET.get("severity", "")
    severity = severity if severity in SEVERITIES else ""
    found = told_to(mine, search=listing.search, severity=SEVERITIES.get(severity, 0))
    shown = listing.page(found)
    seen = getattr(Preference.objects.filter(agent_id=mine).first(), "seen_id", 0)
    whole, opened = part_of(request) != "list", _number(request.GET.get("seen", ""))
    if shown.number == 1 and not listing.search and (newest := newest_of(mine)) > seen:
        mark_seen(agent=request.user.agent, notification_id=newest)
    context = {
        "listing": listing,
        "page": shown,
        "rows": _rows(list(shown), mine),
        "severity": severity,
        "severities": [(name, SEVERITY_WORDS[name]) for name in SEVERITIES],
        "filtered": bool(listing.search or severity),
        "seen": seen if whole or opened is None else min(seen, opened),
        "subscribed": request.user.agent.notification_subscriptions.exists(),
        "has_address": Endpoint.objects.of(mine).reachable().exists(),
    }
    return render(request, "portal/notifications.html" if whole else "portal/_notifications.html", context)


def _number(text: str) -> int | None:
    """The number of a notification."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _rows(shown: list[Notification], mine: int) -> list[tuple[Row, str, str]]:
    """What one was told, with its words by the names of the device's values, and what it is about."""
    names = names_at(one.agent_id for one in shown)
    topics = topics_of(shown, names)
    rows = with_deliveries(shown, mine)
    for delivery in (one for row in rows for one in row.deliveries if one.ended_at is None and one.endpoint):
        delivery.why = obstacle_words(delivery.endpoint)
    return [(row, notified(names, row.notification), topics.get(row.notification.id, "")) for row in rows]


@page
@require_safe
def bell(request):
    """The bell of the frame with what is new, and the number of open alarms, as a page that stays open reads them
    again."""
    return render(request, "frame/_bell_again.html")


@page
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def panel(request):
    """What opens below the bell: the newest, and which of them one has not looked at; POST takes those off the bell."""
    mine = request.user.agent_id
    if request.method == "POST":
        up_to = _number(request.POST.get("up_to", ""))
        if up_to is None:
            raise BadRequest(_("Say up to which notification, by its number"), code="bad_number")
        mark_seen(agent=request.user.agent, notification_id=min(up_to, newest_of(mine)))
    shown = newest_told(mine, IN_PANEL)
    newest = max((one.id for one in shown), default=0)
    seen = getattr(Preference.objects.filter(agent_id=mine).first(), "seen_id", 0)
    names = names_at(one.agent_id for one in shown)
    context = {
        "rows": [(one, notified(names, one), one.id > seen) for one in shown],
        "newest": newest,
        "has_new": newest > seen,
    }
    return render(request, "portal/_bell_panel.html", context)


@page
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def endpoints(request):
    """Where one is told: adding, testing, changing and removing, and quiet hours."""
    problem, secret = "", ""
    if request.method == "POST":
        try:
            secret = _do(request)
            if not secret:
                return redirect("portal:endpoints")
        except Refused as refusal:
            problem = in_words(refusal.message)
    mine = list(Endpoint.objects.of(request.user.agent_id))
    missed = last_problems(request.user.agent_id)
    quiet = Preference.objects.filter(agent_id=request.user.agent_id).first()
    context = {
        "problem": problem,
        "secret": secret,
        "asked": request.POST if problem else {},
        "rows": [
            (one, KIND_WORDS[one.type], _address(one), _obstacle(request, one), missed.get(one.id)) for one in mine
        ],
        **_form(request, mine),
        "quiet": quiet,
        "zones": sorted(zone_names()),
        "quiet_zone": (quiet and quiet.quiet_zone) or _zone_of(request),
        "push_key": vapid.public_key(),
    }
    return render(request, "portal/endpoints.html", context, status=400 if problem else 200)


def _form(request, mine: list[Endpoint]) -> dict:
    """What can be added, what this server can send first; one's own mail address stands there while it is of use."""
    able = sorted(FIELDS, key=lambda kind: bool(_sends_none(kind)))
    known = {_address(one) for one in mine}
    mail = request.user.email if able[0] == Kind.Email and request.user.email not in known else ""
    return {
        "kinds": [(kind.name, KIND_WORDS[kind], *FIELDS[kind], _sends_none(kind)) for kind in able],
        "mail": mail,
    }


def _sends_none(kind: Kind) -> str:
    """Why nothing of this kind is sent, whatever the address."""
    words = SENDS_NONE.get(kind)
    return str(words) if words and WAYS[kind].obstacle({}) else ""


def _do(request) -> str:
    """What a form of the page asks for. Returns the secret of a webhook that was made."""
    deed = request.POST.get("do", "")
    if deed == "quiet":
        _set_quiet(request)
        return ""
    subscriber = access.endpoints_to_change(caller_of_user(request.user), "me")
    if deed == "add":
        return _add(request, subscriber)
    endpoint = access.endpoint_of(subscriber, request.POST.get("endpoint", ""))
    if deed == "test":
        wrong = try_endpoint(endpoint=endpoint, zone=request.user.zone, language=request.user.language)
        if wrong:
            notes.error(request, f"{_(wrong)}.")
        else:
            notes.success(request, _("A test is on its way to %(endpoint)s.") % {"endpoint": endpoint})
    elif deed == "edit":
        priority = request.POST.get("priority", "").strip()
        if priority and not (priority.isdecimal() and len(priority) < 5):
            raise BadRequest(_("A priority is a number from 0 to 9999"), code="bad_priority")
        edit_endpoint(
            endpoint=endpoint,
            name=request.POST.get("name", ""),
            priority=int(priority) if priority else None,
            is_default="default" in request.POST,
        )
        notes.success(request, _("Saved."))
    elif deed == "delete":
        delete_endpoint(endpoint=endpoint)
        notes.success(request, _("%(endpoint)s and what arrived there are removed.") % {"endpoint": _shown(endpoint)})
    return ""


def _add(request, subscriber: access.Subscriber) -> str:
    named = {kind.name: kind for kind in FIELDS}
    kind = named.get(request.POST.get("type", ""))
    if kind is None:
        raise BadRequest(_("Choose how you want to be told"), code="bad_type")
    key, label, _example = FIELDS[kind]
    address = request.POST.get("address", "").strip()
    if not address:
        raise BadRequest(_("%(label)s: this is missing") % {"label": label}, code="no_address")
    if kind == Kind.Http:
        _check_called(address)
    endpoint, secret = create_endpoint(
        agent=subscriber.agent,
        name=request.POST.get("name", "").strip() or address[:255],
        kind=kind,
        extra_data={key: address},
        is_default="default" in request.POST,
    )
    if why := _obstacle(request, endpoint):
        notes.warning(request, _("Added, but nothing arrives there now: %(why)s.") % {"why": why})
    else:
        notes.success(request, _("Added. Send a test to see that it arrives."))
    return secret


def _check_called(url: str) -> None:
    """BadRequest for a webhook that this server never calls."""
    WAYS[Kind.Http].check({"url": url})
    if why := WAYS[Kind.Http].obstacle({"url": url}):
        raise BadRequest(f"{url}: {_(why)}", code="private_address")


def _set_quiet(request) -> None:
    begins, ends = (_clock(request.POST.get(name, "")) for name in ("from", "until"))
    zone = request.POST.get("zone", "").strip() or _zone_of(request)
    set_quiet_hours(agent=request.user.agent, begins=begins, ends=ends, zone=zone)
    notes.success(request, _("Quiet hours are set.") if begins else _("There are no quiet hours."))


def _zone_of(request) -> str:
    """The zone of the account, else the one in which its pages tell times."""
    return request.user.zone or str(timezone.get_current_timezone())


def _clock(text: str) -> time | None:
    if not text:
        return None
    try:
        found = time.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is not None:
        raise BadRequest(_("A time of day has hours and minutes, as 22:00"), code="bad_time")
    return found


def _obstacle(request, one: Endpoint) -> str:
    return obstacle_words(one, to_operator=request.caller.is_superuser)


def _shown(one: Endpoint) -> str:
    """What people call it."""
    return str(KIND_WORDS[Kind.Placeholder]) if one.is_nowhere else one.name


def _address(one: Endpoint) -> str:
    extra = one.extra_data
    if one.type == Kind.WebPush:
        return str(extra.get("endpoint", "")).split("/")[2] if str(extra.get("endpoint", "")).count("/") > 1 else ""
    return str(next((extra[key] for key in ("email", "address", "number", "url") if extra.get(key)), ""))
