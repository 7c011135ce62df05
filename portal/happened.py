"""What happened, with the names of who did it and where, for the pages that list it."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from doover_web.data.happenings import Around
from doover_web.identity.auth import Caller
from doover_web.identity.models import Agent, Group, Organisation
from doover_web.identity.permissions import Rights
from doover_web.identity.sessions import has_chosen
from doover_web.identity.standing import agents_with, organisations_around
from doover_web.pages.words import from_ms

from .activity import Wanted, gather
from .ui.activity import Entry
from .ui.names import names_at
from .viewer.messages import names_of


@dataclass(frozen=True, slots=True)
class Line:
    """An entry with the names of who and where, and of the application."""

    entry: Entry
    at: datetime | None
    who: str
    device: Agent | None
    app: str = ""


def around(request, group: Group | None = None) -> Around:
    """The devices whose history one may read: all of them, or those of a group and below."""
    devices = Agent.objects.visible_to(request.caller).devices().in_use()
    if has_chosen(request):
        devices = devices.seen_from(request.caller)
    devices = devices.filter(agents_with(request.caller.standing, "device_history", Rights.HISTORY))
    if group is not None:
        return Around(devices.filter(group__lineage__contains=[group.id]), (group.organisation_id,))
    return Around(devices, _organisations(request))


def _organisations(request) -> tuple[int, ...]:
    """Those that the devices may be in."""
    caller: Caller = request.caller
    chosen = caller.organisation_id if has_chosen(request) else None
    if caller.is_superuser:
        return (chosen,) if chosen else tuple(Organisation.objects.values_list("id", flat=True))
    found = organisations_around(caller.standing)
    return tuple(found - {one for one in caller.organisations if one != chosen} if chosen else found)


def newest_lines(request, around: Around, most: int) -> list[Line]:
    """The last things that happened at these devices."""
    found = gather(request.caller, around, Wanted(), authors_for(request), most=most)
    return lines_of(request, found.entries[:most])


def lines_of(request, entries: Sequence[Entry]) -> list[Line]:
    """The entries with the names of who, where and of what; the number of queries does not grow with them."""
    authors = names_of(request.caller, {entry.author_id for entry in entries})
    devices = Agent.objects.in_bulk({entry.agent_id for entry in entries})
    names, zone = names_at(entry.agent_id for entry in entries if entry.app), timezone.get_current_timezone()
    return [_line(entry, authors, devices, names, zone) for entry in entries]


def _line(entry: Entry, authors: dict[int, str], devices: dict[int, Agent], names, zone) -> Line:
    by_itself = entry.author_id in (0, entry.agent_id)
    who = entry.who or ("" if by_itself else authors.get(entry.author_id, _("Somebody else")))
    known = names.get(entry.agent_id)
    app = (known.apps.get(entry.app) if known else None) or entry.app
    return Line(entry, from_ms(entry.ms, zone), who, devices.get(entry.agent_id), app)


def authors_for(request):
    """The names of authors, as this person may know them."""
    return functools.partial(names_of, request.caller)
