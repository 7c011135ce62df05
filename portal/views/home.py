"""Home: the devices one may see, and whether they are there."""

from collections import Counter
from dataclasses import dataclass

from django.shortcuts import render
from django.utils import timezone

from doover_web.common.snowflake import now_ms
from doover_web.identity.models import Agent
from doover_web.identity.sessions import has_chosen
from doover_web.pages.listing import read_listing

from ..page import page
from ..ui.presence import Presence, judge
from ..ui.states import searched, states_of

STATES = {"online": "Online", "overdue": "Overdue", "offline": "Offline", "unknown": "Never seen"}
SORTS = {
    "name": lambda row: (row.title.casefold(), row.agent_id),
    "state": lambda row: (list(STATES).index(row.presence.state), row.title.casefold()),
    "seen": lambda row: -(row.presence.seen or 0),
}


@dataclass(frozen=True, slots=True)
class Row:
    """A device as it is counted and sorted; what else there is to say of it is read for those shown."""

    agent_id: int
    title: str
    presence: Presence


@page
def home(request):
    """The device list; its search, sort, filter and page are in the address."""
    listing = read_listing(request.GET, sorts=list(SORTS))
    devices = Agent.objects.visible_to(request.caller).devices().in_use()
    if has_chosen(request):
        devices = devices.seen_from(request.caller)
    rows = device_rows(searched(devices, listing.search))
    counts = Counter(row.presence.state for row in rows)
    state = request.GET.get("state", "")
    if state in STATES:
        rows = [row for row in rows if row.presence.state == state]
    shown = listing.page(listing.sorted(rows, SORTS))
    agents = Agent.objects.select_related("organisation").in_bulk([row.agent_id for row in shown])
    context = {
        "section": "devices",
        "listing": listing,
        "page": shown,
        "devices": [(agents[row.agent_id], row.presence) for row in shown if row.agent_id in agents],
        "state": state if state in STATES else "",
        "counts": [(Presence(key, word), counts[key]) for key, word in STATES.items()],
        "bars": availability(counts),
        "total": sum(counts.values()),
    }
    return render(request, "portal/home.html", context)


def device_rows(devices) -> list[Row]:
    """Every device with its presence; two queries, however many there are."""
    states, now, zone = states_of(devices, "doover_connection"), now_ms(), timezone.get_current_timezone()
    named = devices.values_list("id", "name", "display_name")
    return [Row(id_, display_name or name, judge(states.get(id_), now, zone)) for id_, name, display_name in named]


def availability(counts: Counter, width: float = 420, gap: float = 2) -> list[dict]:
    """The segments of the bar: where each begins and how wide it is; a few among many stay visible."""
    there = [state for state in STATES if counts[state]]
    least = sum(counts.values()) / 100
    shares = [max(least, counts[state]) for state in there]
    unit, x, bars = (width - gap * (len(there) - 1)) / max(1, sum(shares)), 0.0, []
    for state, share in zip(there, shares, strict=True):
        bars.append({"kind": Presence(state, "").kind, "x": round(x, 1), "width": round(share * unit, 1)})
        x += share * unit + gap
    return bars
