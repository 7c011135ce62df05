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
from ..ui.lookups import searched, states_of
from ..ui.presence import Presence, judge

STATES = {"online": "Online", "overdue": "Overdue", "offline": "Offline", "unknown": "Never seen"}
SORTS = {
    "name": lambda row: (row.agent.title.casefold(), row.agent.id),
    "state": lambda row: (list(STATES).index(row.presence.state), row.agent.title.casefold()),
    "seen": lambda row: -(row.presence.seen or 0),
}


@dataclass(frozen=True, slots=True)
class Row:
    agent: Agent
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
    context = {
        "section": "devices",
        "listing": listing,
        "page": shown,
        "state": state if state in STATES else "",
        "counts": [(Presence(key, word), counts[key]) for key, word in STATES.items()],
        "bars": availability(counts),
        "total": sum(counts.values()),
    }
    return render(request, "portal/home.html", context)


def device_rows(devices) -> list[Row]:
    """Every device with its presence; two queries, however many there are."""
    states, now, zone = states_of(devices, "doover_connection"), now_ms(), timezone.get_current_timezone()
    chosen = devices.select_related("organisation").only("id", "name", "display_name", "organisation__name")
    return [Row(agent, judge(states.get(agent.id), now, zone)) for agent in chosen]


def availability(counts: Counter, width: int = 420, gap: int = 2) -> list[dict]:
    """The segments of the bar: where each begins and how wide it is, narrow ones kept visible."""
    total, bars, x = sum(counts.values()), [], 0.0
    for state in STATES:
        if counts[state]:
            wide = max(4.0, (width - 3 * gap) * counts[state] / total)
            bars.append({"kind": Presence(state, "").kind, "x": round(x, 1), "width": round(wide, 1)})
            x += wide + gap
    return bars
