"""A list of devices as the address asks for it: searched, filtered, sorted and paged in the database, whatever its
length; documents are read for the devices on the page alone."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TypeVar

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from doover_web.common.snowflake import ID_MAX, now_ms
from doover_web.control.models import Device, DeviceType
from doover_web.control.tags import LONGEST
from doover_web.data.across import states_by_name, states_of
from doover_web.data.models import Alarm, Badge, Channel
from doover_web.identity.models import Agent
from doover_web.identity.models.agent import SORTED_AS
from doover_web.identity.permissions import Rights, rights_over
from doover_web.identity.standing import agents_with
from doover_web.pages.drawings import drawing_of
from doover_web.pages.listing import Listing, read_listing

from .chosen import chosen_of
from .fleet import counted, devices_of, fleet_of, lately
from .models import Favourite
from .ui.key_values import MOST, KeyValue, values_of
from .ui.presence import Presence, judge
from .ui.warned import shown_of

T = TypeVar("T")
STATES = ("online", "overdue", "offline", "unknown")
SORTS = {
    "name": ("sorted_as",),
    "state": ("rank", "sorted_as"),
    "seen": ("-last",),
    "group": ("group__name", "sorted_as"),
}
OPEN = ("Alarm", "AlarmPending")
UNSHOWN = (
    "as_device__extra_config",
    "as_device__notes",
    "as_device__type__config",
    "as_device__type__config_schema",
    "as_device__type__copy_command",
    "as_device__type__description",
    "as_device__type__device_extra_config_schema",
    "as_device__type__extra_info",
    "as_device__type__installer_info",
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the address of a list of devices asks for; what is not known there counts as not asked for."""

    listing: Listing
    state: str = ""
    group: int | None = None
    type: int | None = None
    tag: str = ""
    with_alarms: bool = False
    favourites: bool = False
    archived: bool = False

    @property
    def is_narrow(self) -> bool:
        """Whether fewer are asked for than there are, by anything but the state."""
        return bool(self.listing.search or self.type or self.tag or self.with_alarms or self.favourites)

    @property
    def is_whole(self) -> bool:
        """Whether the whole fleet is asked for, in whatever state."""
        return not self.is_narrow and not self.archived and self.group is None


@dataclass(frozen=True, slots=True)
class Who:
    """Which device a row of a list is about, in what its template says of it."""

    id: int
    title: str
    name: str
    icon: str
    place: str
    type: str
    alarms: int
    warnings: int
    is_favourite: bool

    @property
    def star_words(self) -> str:
        return _("Favourite: %(name)s") % {"name": self.title}


@dataclass(frozen=True, slots=True)
class Row:
    """A device in a list, with what is read of those shown."""

    agent: Agent
    presence: Presence
    values: list[KeyValue]
    alarms: int = 0
    warnings: int = 0
    is_favourite: bool = False
    icon: str = "cpu"
    type: str = ""

    @property
    def who(self) -> Who:
        one = self.agent
        at = one.group if one.group and one.group.parent_id else one.organisation
        return Who(
            id=one.id,
            title=one.title,
            name=one.name,
            icon=self.icon,
            place=at.name if at else "",
            type=self.type,
            alarms=self.alarms,
            warnings=self.warnings,
            is_favourite=self.is_favourite,
        )

    @property
    def cells(self) -> tuple[KeyValue | None, ...]:
        """The key values as columns of a table, as many in every row."""
        return (*self.values, *[None] * (MOST - len(self.values)))

    @property
    def is_away(self) -> bool:
        return self.presence.state in ("offline", "unknown")


@dataclass(frozen=True, slots=True)
class Part:
    """Rows of a list whose number is known already."""

    rows: QuerySet
    number: int

    def count(self) -> int:
        return self.number

    def __len__(self) -> int:
        return self.number

    def __getitem__(self, asked):
        return self.rows[asked]


def read_wanted(query, group: int | None = None) -> Wanted:
    """`?search=…&state=offline&group=…&type=…&tag=…&alarms=1&favourites=1&archived=1&sort=-seen&page=2`."""
    state = query.get("state", "")
    return Wanted(
        listing=read_listing(query, sorts=list(SORTS)),
        state=state if state in STATES else "",
        group=group if group is not None else _id(query.get("group", "")),
        type=_id(query.get("type", "")),
        tag=query.get("tag", "")[:LONGEST].replace("\x00", ""),
        with_alarms=query.get("alarms") == "1",
        favourites=query.get("favourites") == "1",
        archived=query.get("archived") == "1",
    )


def found(request, wanted: Wanted) -> QuerySet[Agent]:
    """The devices asked for, in whatever state their badge is."""
    devices = devices_of(request, archived=wanted.archived)
    if wanted.group is not None:
        devices = devices.filter(group__lineage__contains=[wanted.group])
    if wanted.type is not None:
        devices = devices.filter(as_device__type_id=wanted.type)
    if wanted.tag:
        devices = devices.filter(as_device__tags__contains=[wanted.tag])
    if wanted.favourites:
        devices = devices.filter(favourites__user=request.user)
    if wanted.with_alarms:
        devices = devices.filter(agents_with(request.caller.standing, "alarms_view", Rights.ALARMS_VIEW))
        devices = devices.filter(pk__in=_open_alarms().values("agent_id"))
    return searched(devices, wanted.listing.search)


def searched(devices: QuerySet[Agent], text: str) -> QuerySet[Agent]:
    """Those whose name, display name, id, group, serial number or tags hold `text`."""
    if not text:
        return devices
    ways = Q(name__icontains=text) | Q(display_name__icontains=text) | Q(group__name__icontains=text)
    ways |= Q(as_device__tags__icontains=text)
    for key in ("serial", "serial_number"):
        ways |= Q(**{f"as_device__extra_config__{key}__icontains": text})
    if text.isascii() and text.isdigit() and int(text) <= ID_MAX:
        ways |= Q(id=int(text))
    return devices.filter(ways)


def counts_of(request, wanted: Wanted, devices: QuerySet[Agent]) -> Counter:
    """The devices by state; those of the whole fleet are known from the frame."""
    return fleet_of(request).by_state if wanted.is_whole else sum(counted(devices).values(), Counter())


def number_alarmed(request, wanted: Wanted) -> int:
    """How many of the devices asked for, in whatever state, have an open alarm."""
    return _of_whole(request, wanted, "alarmed", lambda: found(request, replace(wanted, with_alarms=True)).count())


def in_order(devices: QuerySet[Agent], listing: Listing) -> QuerySet[Agent]:
    """The devices as the list sorts them; names whatever their case."""
    order = [
        F(name[1:]).desc(nulls_last=True) if name.startswith("-") else F(name).asc() for name in SORTS[listing.sort]
    ]
    if listing.descending:
        for column in order:
            column.reverse_ordering()
    return devices.annotate(
        sorted_as=SORTED_AS,
        rank=Badge.objects.rank_at(now_ms()),
        last=F("badge__seen"),
    ).order_by(*order, "id")


def of_state(devices: QuerySet[Agent], state: str) -> QuerySet[Agent]:
    return devices.annotate(state=Badge.objects.state_at(now_ms())).filter(state=state) if state else devices


def rows_of(request, agents: Iterable[Agent], *, alarms: bool = True) -> list[Row]:
    """The devices of a page with all that is shown of them; as many queries for one as for fifty."""
    shown = list(agents)
    ids = [agent.id for agent in shown]
    devices = Agent.objects.filter(pk__in=ids)
    states = states_by_name(devices, ["doover_connection", "tag_values"])
    connections, tags = states["doover_connection"], states["tag_values"]
    chosen, open_alarms = chosen_of(shown), alarms_at(request.caller, shown) if alarms else {}
    asked = [agent_id for agent_id, one in chosen.items() if one.reads_commands]
    commands = states_of(devices.filter(pk__in=asked), "ui_cmds") if asked else {}
    mine = set(Favourite.objects.filter(user=request.user, agent__in=ids).values_list("agent_id", flat=True))
    now, zone = now_ms(), timezone.get_current_timezone()
    return [
        Row(
            agent=agent,
            presence=judge(connections.get(agent.id), now, zone),
            values=values_of(chosen[agent.id].values, tags.get(agent.id)),
            warnings=shown_of(chosen[agent.id].warnings, tags.get(agent.id), commands.get(agent.id)),
            alarms=open_alarms.get(agent.id, 0),
            is_favourite=agent.id in mine,
            icon=_icon_of(agent),
            type=_type_of(agent),
        )
        for agent in shown
    ]


def with_all(devices: QuerySet[Agent]) -> QuerySet[Agent]:
    """The devices with what their rows name, without the documents that no row shows."""
    return devices.select_related("organisation", "group", "as_device__type").defer(*UNSHOWN)


def alarms_at(caller, agents: Iterable[Agent]) -> dict[int, int]:
    """How many open alarms each of these agents has that the caller may see, in one query."""
    rights = {agent.id: rights_over(caller, agent) for agent in agents}
    may = [agent_id for agent_id, one in rights.items() if one & Rights.ALARMS_VIEW]
    found = _open_alarms().filter(agent_id__in=may).values_list("agent_id").annotate(number=Count("id"))
    return dict(found)


def types_of(request, wanted: Wanted, devices: QuerySet[Agent]) -> list[DeviceType]:
    """The types there are among these devices, by name."""
    of_type = devices.filter(as_device__type=OuterRef("pk")).order_by()
    types = DeviceType.objects.filter(Exists(of_type)).only("id", "name").order_by("name", "id")
    return _of_whole(request, wanted, "types", lambda: list(types[:200]))


def tags_of(request, wanted: Wanted, devices: QuerySet[Agent]) -> list[str]:
    """The tags there are among these devices, in order."""
    return _of_whole(request, wanted, "tags", lambda: Device.objects.tags_in(devices, 200))


def _of_whole(request, wanted: Wanted, what: str, read: Callable[[], T]) -> T:
    """What is read of the devices asked for; of the whole of a large fleet as it was a moment ago."""
    return lately(request, what, read) if wanted.is_whole else read()


def _open_alarms() -> QuerySet[Alarm]:
    """The alarms that somebody should look at, on channels that everybody who sees the device may watch."""
    hidden = Channel.objects.filter(agent_id=OuterRef("agent_id"), id=OuterRef("channel_id"), is_private=True)
    return Alarm.objects.filter(state__in=OPEN).exclude(Exists(hidden))


def _type_of(agent: Agent) -> str:
    device = getattr(agent, "as_device", None)
    return device.type.name if device and device.type else ""


def _icon_of(agent: Agent) -> str:
    device = getattr(agent, "as_device", None)
    return drawing_of((device.fa_icon, device.type.default_icon if device.type else None)) if device else "cpu"


def _id(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None
