"""The devices of an organisation as the portal lists them: filters, and how each stands."""

from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from doover_web.common.snowflake import now_ms
from doover_web.control.models import AppInstall, Application, ConfigProfile, Device, DeviceType
from doover_web.control.tags import LONGEST
from doover_web.data.models import Badge
from doover_web.identity.models import Agent, Organisation
from doover_web.identity.standing import visible_groups
from doover_web.pages.drawings import drawing_of
from doover_web.pages.words import from_ms

SORTS = ("name", "seen", "made")
ORDERS = {"name": "display_name", "seen": "badge__seen", "made": "id"}
OFFERED = 200
WORDS = {"online": _("Online"), "overdue": _("Overdue"), "offline": _("Offline"), "unknown": _("Never seen")}
KINDS = {"online": "ok", "overdue": "warn", "offline": "bad", "unknown": "idle"}


@dataclass(frozen=True, slots=True)
class Presence:
    """The badge of a device from its columns, without its document."""

    state: str

    @property
    def words(self):
        return WORDS[self.state]

    @property
    def kind(self) -> str:
        return KINDS[self.state]


@dataclass(frozen=True, slots=True)
class Row:
    device: Agent
    presence: Presence

    @property
    def seen(self):
        badge = getattr(self.device, "badge", None)
        return from_ms(badge.seen) if badge is not None and badge.seen is not None else None

    @property
    def type(self) -> DeviceType | None:
        known = getattr(self.device, "as_device", None)
        return known.type if known else None

    @property
    def icon(self) -> str:
        """The drawing that stands for it: by its own icon, else by its type's."""
        known = getattr(self.device, "as_device", None)
        return drawing_of((known.fa_icon, known.type.default_icon if known.type else None)) if known else "cpu"

    @property
    def tags(self) -> list[str]:
        known = getattr(self.device, "as_device", None)
        return known.tags if known else []


@dataclass(frozen=True, slots=True)
class Filters:
    """What the address of the list asks for, beside the words: ids as text, empty for all."""

    group: str = ""
    type: str = ""
    application: str = ""
    tag: str = ""
    archived: bool = False
    apart: bool = False  # with an install that is not as it is described

    @property
    def some(self) -> bool:
        return bool(self.group or self.type or self.application or self.tag or self.archived or self.apart)


def read_filters(query) -> Filters:
    """Filters with ids; anything else is no filter."""
    ids = {name: query.get(name, "") for name in ("group", "type", "application")}
    return Filters(
        **{name: text if text.isascii() and text.isdigit() and len(text) < 19 else "" for name, text in ids.items()},
        tag=query.get("tag", "")[:LONGEST].replace("\x00", ""),
        archived=bool(query.get("archived")),
        apart=bool(query.get("apart")),
    )


def listed(caller, organisation: Organisation, filters: Filters, search: str) -> QuerySet[Agent]:
    """The devices of the organisation that fit, each with what its line shows."""
    found = Agent.objects.visible_to(caller).devices().filter(organisation=organisation)
    found = found.filter(archived_at__isnull=not filters.archived)
    if search:
        found = found.filter(Q(name__icontains=search) | Q(display_name__icontains=search))
    if filters.group:
        found = found.filter(group__lineage__contains=[int(filters.group)])
    if filters.type:
        found = found.filter(as_device__type_id=int(filters.type))
    if filters.application:
        found = found.filter(app_installs__application_id=int(filters.application), app_installs__archived_at=None)
    if filters.tag:
        found = found.filter(as_device__tags__contains=[filters.tag])
    if filters.apart:
        found = found.filter(pk__in=AppInstall.objects.in_use().filter(synced="NO").values("agent"))
    in_use = Count("app_installs", filter=Q(app_installs__archived_at=None), distinct=True)
    apart = Q(app_installs__archived_at=None, app_installs__synced="NO")
    return (
        found.select_related("group", "badge", "as_device__type")
        .annotate(state=Badge.objects.state_at(now_ms()))
        .annotate(installs=in_use, apart=Count("app_installs", filter=apart, distinct=True))
    )


def ordered(found: QuerySet[Agent], sort: str, descending: bool) -> QuerySet[Agent]:
    return found.order_by(("-" if descending else "") + ORDERS[sort], "id")


def row_of(device: Agent) -> Row:
    """One of `listed`, as its line shows it."""
    return Row(device, Presence(device.state))  # type: ignore[attr-defined]


def profiles_of(organisation: Organisation, caller) -> list[ConfigProfile]:
    """The profiles that installs may be given, by application."""
    seen = ConfigProfile.objects.visible_to(caller.standing)
    found = seen.filter(organisation=organisation).select_related("application")
    return list(found.order_by("application__display_name", "display_name")[:OFFERED])


def choices(request, organisation: Organisation) -> dict:
    """What the filters and forms of devices offer."""
    caller = request.caller
    groups = organisation.groups.in_use().filter(visible_groups(caller.standing))
    used = Application.objects.filter(installs__agent__organisation=organisation, installs__archived_at=None)
    return {
        "groups": list(groups.order_by("name")[:OFFERED]),
        "tags": Device.objects.tags_in(Agent.objects.visible_to(caller).filter(organisation=organisation), OFFERED),
        "types": list(DeviceType.objects.visible_to(caller.standing).in_use().order_by("name")[:OFFERED]),
        "applications": list(
            used.filter(pk__in=Application.objects.visible_to(caller.standing))
            .distinct()
            .order_by("display_name")
            .only("id", "display_name", "name")[:OFFERED]
        ),
    }
