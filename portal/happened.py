"""What happened, with the names of who did it and where, for the pages that list it."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from doover_web.data.access import Reach, reach_agents
from doover_web.identity.models import Agent, Group
from doover_web.identity.permissions import Rights
from doover_web.identity.sessions import has_chosen
from doover_web.identity.standing import agents_with
from doover_web.pages.words import from_ms

from .activity import Wanted, gather
from .told import names_at, told_at
from .ui.activity import ALARM, NOTIFICATION, Entry
from .viewer.messages import names_of

MOST_DEVICES = 300


@dataclass(frozen=True, slots=True)
class Line:
    """An entry with the names of who and where."""

    entry: Entry
    at: datetime | None
    who: str
    device: Agent | None


def reaches_of(request, group: Group | None = None, most: int = MOST_DEVICES) -> tuple[list[Reach], int]:
    """What one may do at the devices whose history one may read, and how many more there are than are looked at."""
    devices = Agent.objects.visible_to(request.caller).devices().in_use()
    if has_chosen(request):
        devices = devices.seen_from(request.caller)
    if group is not None:
        devices = devices.filter(group__lineage__contains=[group.id])
    devices = devices.filter(agents_with(request.caller.standing, "device_history", Rights.HISTORY)).order_by(
        "name", "id"
    )
    ids = list(devices.values_list("id", flat=True)[: most + 1])
    left_out = devices.count() - most if len(ids) > most else 0
    return list(reach_agents(request.caller, ids[:most]).values()), left_out


def newest_lines(request, reaches: Sequence[Reach], most: int) -> list[Line]:
    """The last things that happened at these devices."""
    return lines_of(request, gather(reaches, Wanted(), names_for(request)).entries[:most])


def lines_of(request, entries: Sequence[Entry]) -> list[Line]:
    """The entries with the names of who, where and of what; the number of queries does not grow with them."""
    names = names_of(request.caller, {entry.author_id for entry in entries})
    devices = Agent.objects.in_bulk({entry.agent_id for entry in entries})
    zone = timezone.get_current_timezone()
    return [line_of(entry, names, devices, zone) for entry in by_names(entries)]


def by_names(entries: Sequence[Entry]) -> list[Entry]:
    """The entries with what alarms told by the names of the values; two queries at most."""
    telling = (ALARM, NOTIFICATION)
    names = names_at(entry.agent_id for entry in entries if entry.kind in telling)
    return [
        replace(entry, words=told_at(names, entry.agent_id, entry.words)) if entry.kind in telling else entry
        for entry in entries
    ]


def line_of(entry: Entry, names: dict[int, str], devices: dict[int, Agent], zone) -> Line:
    """One entry, as the page and the file tell it."""
    by_itself = entry.author_id in (0, entry.agent_id)
    who = entry.who or ("" if by_itself else names.get(entry.author_id, _("Somebody else")))
    return Line(entry, from_ms(entry.ms, zone), who, devices.get(entry.agent_id))


def names_for(request):
    """The names of authors, as this person may know them."""
    return functools.partial(names_of, request.caller)
