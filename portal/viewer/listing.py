"""The channels of an agent, as the viewer lists them."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from django.db.models import OuterRef, Q, Subquery
from django.urls import reverse

from doover_web.data.access import Reach
from doover_web.data.models import Aggregate, Channel
from doover_web.identity.permissions import Rights
from doover_web.pages.words import from_ms

SYSTEM = {
    "deployment_config",
    "docker_deployment",
    "doover_connection",
    "doover_ui_fastmode",
    "location",
    "notifications",
    "tag_values",
    "tunnels",
    "ui_cmds",
    "ui_overrides",
    "ui_state",
}


@dataclass(frozen=True, slots=True)
class ChannelRow:
    """A channel in a list: its name, its marks, when its state last changed."""

    name: str
    is_private: bool
    is_archived: bool
    is_system: bool
    changed_at: datetime | None


def channels_of(reach: Reach, *, archived: bool = False, current: str = "") -> list[ChannelRow]:
    """What the caller may see of an agent's channels: its own first, then those the platform gives a meaning to. The
    `current` one is among them even when it is archived."""
    changed = Aggregate.objects.filter(agent_id=OuterRef("agent_id"), channel_id=OuterRef("id"))
    found = Channel.objects.filter(agent_id=reach.agent_id)
    if not archived:
        found = found.filter(Q(archived_at=None) | Q(name=current))
    if not reach.rights & Rights.PRIVATE:
        found = found.public()
    listed = found.annotate(changed=Subquery(changed.values("last_updated")[:1])).order_by("name")
    rows = [
        ChannelRow(name, private, archived_at is not None, is_system(name), from_ms(changed) if changed else None)
        for name, private, archived_at, changed in listed.values_list("name", "is_private", "archived_at", "changed")
    ]
    return sorted(rows, key=lambda row: row.is_system)


def is_system(name: str) -> bool:
    """Whether the platform gives this name a meaning (`data-api §16.1`)."""
    return name in SYSTEM or name.startswith("dv-")


def address_of(agent: str, name: str) -> str:
    """The address of a channel page; names of the first generation hold signs that an address must escape."""
    return f"{reverse('portal:channels', args=[agent])}/{quote(name, safe='')}/"
