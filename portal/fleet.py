"""The fleet that somebody sees: its devices, how many are there by group and state, and the tree of groups.

Counting and sorting run in the database over the columns that the writer keeps (`data/models/fleet.py`): their cost
does not depend on what devices say, and a page reads the documents of the devices that it shows. The frame of every
page shows these numbers: those of a large fleet are remembered for a moment, so no page costs with the fleet's size.
What is remembered is found by all that decides what its reader may see.
"""

import hashlib
import time
from collections import Counter
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

from django.db.models import Count, QuerySet

from doover_web.common.snowflake import now_ms
from doover_web.common.wire import NotFound
from doover_web.data.access import parse_id
from doover_web.data.models import Badge
from doover_web.identity.models import Agent, Group
from doover_web.identity.permissions import Rights
from doover_web.identity.sessions import has_chosen
from doover_web.identity.standing import agents_with, visible_groups

MOST_BRANCHES = 60  # that the frame draws unfolded; of more, those on the way to where one is
THERE = ("online",)
LARGE, REMEMBERED = 1_000, 10.0  # devices; seconds
MOST_REMEMBERED = 500
T = TypeVar("T")
# By what it is and whose: until when it counts.
_LATELY: dict[Hashable, tuple[float, Any]] = {}


class Tally(NamedTuple):
    """How many devices are there, of how many."""

    online: int
    total: int


class Face(NamedTuple):
    """A branch as its line in the tree draws it."""

    id: int
    name: str
    depth: int
    online: int
    total: int
    is_current: bool


@dataclass(slots=True)
class Branch:
    """A group in the tree, with the devices at it and below."""

    id: int
    name: str
    depth: int
    parent_id: int | None
    online: int = 0
    total: int = 0
    is_current: bool = False
    children: list["Branch"] = field(default_factory=list)

    @property
    def face(self) -> Face:
        return Face(self.id, self.name, self.depth, self.online, self.total, self.is_current)


@dataclass(frozen=True, slots=True)
class Fleet:
    """Devices by (group, state), in one query; the groups one sees, with how many hang below each."""

    counts: dict[int | None, Counter]
    tree: list[Branch]

    @property
    def by_state(self) -> Counter:
        return sum(self.counts.values(), Counter())

    @property
    def total(self) -> int:
        return sum(self.by_state.values())

    @property
    def online(self) -> int:
        return sum(self.by_state[state] for state in THERE)

    @property
    def roots(self) -> list[Branch]:
        """The groups that the frame lists. The root of the only organisation is the whole of the fleet, for which
        there is a line already; the group that a guest looks after is not."""
        is_whole = len(self.tree) == 1 and self.tree[0].parent_id is None
        return self.tree[0].children if is_whole else self.tree

    @property
    def elsewhere(self) -> Tally:
        """The devices that hang below none of these: at that root itself, or in a group that one does not see."""
        online, total = (sum(getattr(root, what) for root in self.roots) for what in ("online", "total"))
        return Tally(self.online - online, self.total - total)


def devices_of(request, *, archived: bool = False) -> QuerySet[Agent]:
    """The devices of the organisation that the person chose, or of all of theirs; those in use, or the archived."""
    devices = Agent.objects.visible_to(request.caller).devices().filter(archived_at__isnull=not archived)
    return devices.seen_from(request.caller) if has_chosen(request) else devices


def may_alarm_at(request) -> QuerySet[Agent]:
    """Of those devices in use the ones at which the person may make alarms."""
    return devices_of(request).filter(agents_with(request.caller.standing, "alarms_manage", Rights.ALARMS_MANAGE))


def groups_of(request) -> QuerySet[Group]:
    """The groups that the person sees there, in use."""
    groups = Group.objects.filter(visible_groups(request.caller.standing)).in_use()
    if has_chosen(request):
        groups = groups.filter(organisation_id=request.caller.organisation_id)
    return groups


def agents_around(request, group: Group | None) -> QuerySet[Agent]:
    """Those of the organisation that the person chose, or of all of theirs; with a group those at it and below."""
    agents = Agent.objects.visible_to(request.caller).in_use()
    if has_chosen(request):
        agents = agents.seen_from(request.caller)
    return agents if group is None else agents.filter(group__lineage__contains=[group.id])


def group_asked(request) -> Group | None:
    """The group that `?group=` narrows a page to, with all below it. NotFound for one that the person does not see."""
    text = request.GET.get("group", "")
    if not text:
        return None
    found = groups_of(request).filter(pk=parse_id(text)).first()
    if found is None:
        raise NotFound("There is no such group")
    return found


def fleet_of(request) -> Fleet:
    """The fleet of a request, worked out once."""
    if not hasattr(request, "fleet"):
        request.fleet = _read(request)
    return request.fleet


def counted(devices: QuerySet[Agent]) -> dict[int | None, Counter]:
    """Devices by group and by the state of their badge, in one query."""
    counts: dict[int | None, Counter] = {}
    found = devices.order_by().annotate(state=Badge.objects.state_at(now_ms())).values_list("group_id", "state")
    for group_id, state, number in found.annotate(number=Count("id")):
        counts.setdefault(group_id, Counter())[state] += number
    return counts


def lately(request, what: str, read: Callable[[], T], is_large: Callable[[T], bool] | None = None) -> T:
    """What `read` says of the fleet that the request sees; of a large one as it was up to ten seconds ago."""
    key = what, _whose(request)
    until, value = _LATELY.get(key, (0.0, None))
    if time.monotonic() < until:
        return value
    value = read()
    if is_large(value) if is_large else fleet_of(request).total >= LARGE:
        if len(_LATELY) >= MOST_REMEMBERED:
            _LATELY.clear()
        _LATELY[key] = time.monotonic() + REMEMBERED, value
    return value


def _whose(request) -> Hashable:
    """All that decides what a request sees of the fleet: the grounds its caller stands on, and what they chose."""
    if not hasattr(request, "whose_fleet"):
        caller = request.caller
        grounds = hashlib.sha256(repr(caller.standing).encode()).digest()
        request.whose_fleet = grounds, caller.organisation_id, has_chosen(request)
    return request.whose_fleet


def _read(request) -> Fleet:
    counts = lately(request, "counts", lambda: counted(devices_of(request)), _are_many)
    groups = lately(request, "groups", lambda: _groups(request), _are_large)
    return Fleet(counts, planted(groups, counts))


def _groups(request) -> list[dict]:
    return list(groups_of(request).values("id", "name", "lineage", "parent_id"))


def _are_large(groups: list[dict]) -> bool:
    return len(groups) >= LARGE


def _are_many(counts: dict[int | None, Counter]) -> bool:
    return sum(number.total() for number in counts.values()) >= LARGE


def planted(groups: Iterable[dict], counts: dict[int | None, Counter]) -> list[Branch]:
    """The groups as a tree, names in order; a group whose parent one does not see stands at the root."""
    branches = {one["id"]: Branch(one["id"], one["name"], 0, one["parent_id"]) for one in groups}
    lineages = {one["id"]: one["lineage"] for one in groups}
    for group_id, number in counts.items():
        for above in lineages.get(group_id, ()):
            if above in branches:
                branches[above].total += number.total()
                branches[above].online += sum(number[state] for state in THERE)
    roots: list[Branch] = []
    for branch in sorted(branches.values(), key=lambda one: (one.name.casefold(), one.id)):
        above = branches.get(branch.parent_id) if branch.parent_id else None
        (above.children if above else roots).append(branch)
    return roots


def unfolded(roots: list[Branch], way: Iterable[int] = ()) -> list[Branch]:
    """The tree as rows, parents first. Of a large one only what is on the `way`, the groups down to the current one,
    is open."""
    way = list(way)
    rows: list[Branch] = []
    is_small = _size(roots, MOST_BRANCHES + 1) <= MOST_BRANCHES

    def walk(branches: list[Branch], depth: int) -> None:
        for branch in branches:
            branch.depth, branch.is_current = depth, bool(way) and branch.id == way[-1]
            rows.append(branch)
            if is_small or branch.id in way:
                walk(branch.children, depth + 1)

    walk(roots, 0)
    return rows[: 4 * MOST_BRANCHES]


def _size(branches: list[Branch], most: int) -> int:
    """How many branches there are, counted no further than `most`."""
    waiting, number = list(branches), 0
    while waiting and number < most:
        number += 1
        waiting += waiting.pop().children
    return number
