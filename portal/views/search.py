"""The search of the frame: devices, dashboards, people and channels, as far as somebody may see them."""

from collections.abc import Callable
from dataclasses import dataclass

from django.core.paginator import Page
from django.db.models import Q, QuerySet
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from doover_web.common.snowflake import ID_MAX
from doover_web.data.models import Channel
from doover_web.identity.models import Agent, Organisation, User
from doover_web.identity.permissions import Rights, may_administer
from doover_web.identity.standing import agents_with
from doover_web.pages.listing import Listing, read_listing

from ..page import page
from ..roster import searched
from ..viewer.listing import address_of

FIRST = 6  # of each kind, before one asks for more
SUGGESTED = 8  # while somebody types
WHAT = {"devices": _("Device"), "dashboards": _("Dashboard"), "people": _("Person"), "channels": _("Channel")}
MOST = 1000  # that are counted and paged of a kind; who finds more should say more


@dataclass(frozen=True, slots=True)
class Kind:
    key: str
    title: str
    rows: QuerySet


@dataclass(frozen=True, slots=True)
class Part:
    """What was found of one kind: the rows shown, and how many there are at least."""

    kind: Kind
    rows: list | Page
    number: int

    @property
    def is_more(self) -> bool:
        return self.number > MOST


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A name, what it is of, where it is to be found, and its address."""

    title: str
    what: str
    where: str
    address: str


@page
@require_safe
def search(request):
    """`?q=…` over everything, or straight to the one that is called exactly so; with `&in=devices` one kind, page by
    page."""
    listing = read_listing({"search": request.GET.get("q", ""), "page": request.GET.get("page", "1")}, sorts=["name"])
    if "in" not in request.GET and (only := _only_one_called(request, listing.search)):
        return redirect("portal:device", only)
    kinds = [make(request, listing.search) for make in KINDS] if listing.search else []
    chosen = next((kind for kind in kinds if kind.key == request.GET.get("in")), None)
    parts = [_paged(chosen, listing)] if chosen else [part for part in map(_first, kinds) if part.number]
    context = {"search_text": listing.search, "parts": parts, "chosen": chosen, "section": "search"}
    return render(request, "portal/search.html", context)


@page
@require_safe
def suggest(request):
    """The first that `?q=…` finds, for the field in the frame while somebody types."""
    text = read_listing({"search": request.GET.get("q", "")}, sorts=["name"]).search
    found: list[Suggestion] = []
    for make in KINDS if text else ():
        if len(found) < SUGGESTED:
            kind = make(request, text)
            found += [_suggestion(kind.key, row) for row in kind.rows[: SUGGESTED - len(found)]]
    return render(request, "portal/_suggestions.html", {"found": found})


def _suggestion(key: str, row) -> Suggestion:
    what = str(WHAT[key])
    if key == "people":
        return Suggestion(row.get_full_name(), what, row.email, reverse("admin_site:user", args=[row.id]))
    if key == "channels":
        return Suggestion(row.name, what, row.agent.title, address_of(str(row.agent_id), row.name))
    return Suggestion(row.title, what, str(row.group or row.organisation), reverse("portal:device", args=[row.id]))


def _only_one_called(request, text: str) -> int | None:
    """The id of the only device or dashboard that is called exactly so."""
    if not text:
        return None
    called = Q(display_name__iexact=text) | Q(name__iexact=text)
    if text.isascii() and text.isdigit() and int(text) <= ID_MAX:
        called |= Q(id=int(text))
    kinds = (Agent.Kind.DEVICE, Agent.Kind.DASHBOARD)
    found = Agent.objects.visible_to(request.caller).filter(called, kind__in=kinds).in_use()
    ids = list(found.values_list("id", flat=True)[:2])
    return ids[0] if len(ids) == 1 else None


def _first(kind: Kind) -> Part:
    rows = list(kind.rows[: FIRST + 1])
    number = len(rows) if len(rows) <= FIRST else kind.rows[: MOST + 1].count()
    return Part(kind, _dressed(kind, rows[:FIRST]), number)


def _paged(kind: Kind, listing: Listing) -> Part:
    shown = listing.page(kind.rows[:MOST])
    number = kind.rows[: MOST + 1].count()
    shown.object_list = _dressed(kind, list(shown.object_list))
    return Part(kind, shown, number)


def _dressed(kind: Kind, rows: list) -> list:
    if kind.key == "channels":
        return [(channel, address_of(str(channel.agent_id), channel.name)) for channel in rows]
    return rows


def _agents(key: str, title: str, wanted: str) -> Callable:
    def found(request, text: str) -> Kind:
        agents = Agent.objects.visible_to(request.caller).filter(kind=wanted).in_use()
        rows = searched(agents, text).select_related("organisation", "group").order_by("name", "id")
        return Kind(key, title, rows)

    return found


def _people(request, text: str) -> Kind:
    """Members of the organisations whose users one may see."""
    standing = request.caller.standing
    ids = [one for one in standing.members if may_administer(standing, one, "users_view")]
    places = Organisation.objects.all() if standing.is_superuser else Organisation.objects.filter(pk__in=ids)
    ways = Q(agent__display_name__icontains=text) | Q(email__icontains=text)
    people = User.objects.filter(ways, is_active=True, memberships__organisation__in=places).distinct()
    return Kind("people", _("People"), people.select_related("agent").order_by("email"))


def _channels(request, text: str) -> Kind:
    """Channels by name; private ones where one may see these."""
    agents = Agent.objects.visible_to(request.caller).in_use().exclude(kind=Agent.Kind.USER)
    private = agents.filter(agents_with(request.caller.standing, "device_private_view", Rights.PRIVATE))
    found = Channel.objects.in_use().filter(name__icontains=text).filter(Q(is_private=False) | Q(agent__in=private))
    rows = found.filter(agent__in=agents).select_related("agent").order_by("name", "agent_id")
    return Kind("channels", _("Channels"), rows)


KINDS = (
    _agents("devices", _("Devices"), Agent.Kind.DEVICE),
    _agents("dashboards", _("Dashboards"), Agent.Kind.DASHBOARD),
    _people,
    _channels,
)
