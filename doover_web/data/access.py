"""Finding with permission: what a caller may not see is not there."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from doover_web.common.snowflake import ID_MAX, ID_MIN
from doover_web.common.wire import BadRequest, Forbidden, NotFound
from doover_web.identity.auth import Caller
from doover_web.identity.guard import check_in_use
from doover_web.identity.models import Agent
from doover_web.identity.permissions import Rights, rights_over

from .models import Channel
from .redaction import GUARDED
from .refs import ChannelRef

NEW_CHANNEL_NAME = re.compile(r"[A-Za-z0-9_.\-]{1,255}")
# Channels that the server or administrators write, and the right it takes (`data-api §16.1`).
RESERVED = {
    "deployment_config": Rights.CONFIGURE,
    "docker_deployment": Rights.CONFIGURE,
    "tunnels": Rights.TUNNELS,
    "dv-audit": None,
    "dv-geofences": None,
}
WRITES_OWN = {"docker_deployment", "tunnels", "dv-geofences"}
# On which side of its fences a device is, with an alarm for each fence that raises one; the fences keep both.
GEOFENCES = "dv-geofences"
# By which people and apps tell a device what to do.
COMMANDS = {"ui_cmds", "dv-rpc"}
# What the last holds is a way into the device for whoever has it.
PRIVATE_FROM_BIRTH = {"dv-audit", "docker_deployment", "tunnels"}


@dataclass(frozen=True, slots=True)
class Reach:
    """A caller at an agent: who, where, and with which rights."""

    caller: Caller
    agent_id: int
    organisation_id: int | None
    rights: Rights
    archived_at: datetime | None = None


def reach_agent(caller: Caller, agent_id: int | str) -> Reach:
    """The caller's rights at an agent, `me` being the caller itself. NotFound when the caller may not know of it."""
    wanted = caller.agent_id if agent_id == "me" else parse_id(agent_id)
    reach = reach_agents(caller, [wanted]).get(wanted)
    if reach is None:
        raise agent_not_found()
    return reach


def reach_agents(caller: Caller, agent_ids: Iterable[int]) -> dict[int, Reach]:
    """The caller's rights at many agents by agent id, in one query; those it may not know of are left out."""
    agents = Agent.objects.filter(pk__in=list(agent_ids)).select_related("group")
    reaches = (
        Reach(caller, agent.id, agent.organisation_id, rights_over(caller, agent), agent.archived_at)
        for agent in agents
    )
    return {reach.agent_id: reach for reach in reaches if reach.rights & Rights.VIEW}


def reach_each(caller: Caller, agents: Iterable[str]) -> dict[str, Reach | NotFound]:
    """The caller's rights at each of these agents (ids as text, or `me`), in one query; NotFound in place of those
    that it may not know of."""
    wanted = {text: caller.agent_id if text == "me" else int(text) for text in agents}
    found = reach_agents(caller, wanted.values())
    return {text: found.get(agent_id) or agent_not_found() for text, agent_id in wanted.items()}


def channel_named(reach: Reach, name: str) -> Channel | None:
    """The channel of this name, whoever may see it."""
    return Channel.objects.filter(agent_id=reach.agent_id, name=name).first() if can_be_stored(name) else None


def can_be_stored(name: str) -> bool:
    """Whether PostgreSQL can hold this text at all; asking for any other is an error to it."""
    return "\x00" not in name


def channel_to_watch(reach: Reach, name: str) -> Channel:
    """The channel whose state the caller may read. NotFound when it is missing, or private to others."""
    channel = channel_named(reach, name)
    if channel is None or (channel.is_private and not reach.rights & Rights.PRIVATE):
        raise channel_not_found(name)
    return channel


def channel_to_read(reach: Reach, name: str) -> Channel:
    """The channel whose messages the caller may read; Forbidden without the right to history."""
    channel = channel_to_watch(reach, name)
    check_history(reach)
    return channel


def channels_to_read(reach: Reach) -> list[Channel]:
    """Every channel of the agent whose messages the caller may read; Forbidden without the right to history."""
    check_history(reach)
    channels = Channel.objects.filter(agent_id=reach.agent_id)
    if not sees_secrets(reach.caller, reach.agent_id, reach.rights):
        channels = channels.exclude(name__in=GUARDED)
    return list(channels if reach.rights & Rights.PRIVATE else channels.public())


def same_channel_of_many(reaches: Iterable[Reach], name: str, *, history: bool) -> list[tuple[Reach, Channel]]:
    """The channel `name` of each of these agents, in one query; agents are left out that have none which the caller may
    watch, or read the messages of with `history`."""
    needed = Rights.HISTORY if history else Rights.VIEW
    by_agent = {reach.agent_id: reach for reach in reaches if reach.rights & needed}
    if not by_agent or not can_be_stored(name):
        return []
    found = ((by_agent[one.agent_id], one) for one in Channel.objects.filter(agent_id__in=by_agent, name=name))
    return [(reach, one) for reach, one in found if not one.is_private or reach.rights & Rights.PRIVATE]


def check_history(reach: Reach) -> None:
    if not reach.rights & Rights.HISTORY:
        raise Forbidden(_("You may not read the history of this agent (device_history)"), code="no_history")


def check_write(reach: Reach, name: str, *, is_private: bool, creates_empty: bool = False) -> None:
    """Refuse a caller who may not write to this channel. `creates_empty`: the write only brings it into being."""
    # Asked first: who may write nothing here is told so of every name, and learns of no private channel.
    if not reach.rights & Rights.CONTROL:
        raise Forbidden(_("You may not write to this agent's channels (device_control)"), code="no_control")
    if is_private and not reach.rights & Rights.PRIVATE:
        raise channel_not_found(name)
    if name in COMMANDS:
        check_in_use(reach.archived_at)
    if name in RESERVED:
        _check_reserved(reach, name, creates_empty)


def check_sees_alarms(reach: Reach) -> None:
    """Refuse a caller who may not see the alarms of this agent."""
    if not reach.rights & Rights.ALARMS_VIEW:
        raise Forbidden(_("You may not see the alarms of this agent (alarms_view)"), code="no_alarms")


def check_manages_alarms(reach: Reach) -> None:
    """Refuse a caller who may not make, change or remove alarms of this agent."""
    if not reach.rights & Rights.ALARMS_MANAGE:
        raise Forbidden(_("You may not change the alarms of this agent (alarms_manage)"), code="no_alarms")
    check_in_use(reach.archived_at)


def check_alarms_are_free(name: str) -> None:
    """Refuse to make, change or remove an alarm that is kept for somebody."""
    if name == GEOFENCES:
        raise Forbidden(
            _("The alarms of %(name)s are those of fences on the map; change the fence") % {"name": name},
            code="reserved_channel",
        )


def _check_reserved(reach: Reach, name: str, creates_empty: bool) -> None:
    caller, needed = reach.caller, RESERVED[name]
    if caller.agent_id == reach.agent_id and not caller.is_superuser:
        allowed = name in WRITES_OWN or (name == "deployment_config" and creates_empty)
    else:
        allowed = needed is not None and bool(reach.rights & needed)
    if not allowed:
        raise Forbidden(_("%(name)s is written by the platform") % {"name": name}, code="reserved_channel")


def check_new_name(name: str) -> None:
    """Refuse a name that this API does not make channels with (`data-api §3.8`)."""
    if not NEW_CHANNEL_NAME.fullmatch(name) or name in (".", ".."):
        raise BadRequest(_("A channel name is 1 to 255 letters, digits, '_', '-' or '.'"), code="bad_channel_name")


def ref_of(reach: Reach, channel: Channel) -> ChannelRef:
    hides = channel.name in GUARDED and not sees_secrets(reach.caller, reach.agent_id, reach.rights)
    return ChannelRef(channel.agent_id, channel.name, channel.id, channel.is_private, reach.organisation_id, hides)


def sees_secrets(caller: Caller, agent_id: int, rights: Rights) -> bool:
    """Whether the caller is the agent itself, one of its apps, or may configure it (`data-api §16.1`)."""
    if caller.kind == Agent.Kind.APP and rights & Rights.PRIVATE:
        return True
    return caller.agent_id == agent_id or bool(rights & Rights.CONFIGURE)


def parse_id(value: int | str) -> int:
    """An id from a path, a query or a body: text or integer, a minus allowed. NotFound when it cannot be one."""
    try:
        number = int(value) if isinstance(value, int) or re.fullmatch(r"-?[0-9]{1,19}", value) else None
    except TypeError:
        number = None
    if number is None or isinstance(value, bool) or not ID_MIN <= number <= ID_MAX:
        raise NotFound("There is no such id")
    return number


def agent_not_found() -> NotFound:
    return NotFound("Agent not found")


def channel_not_found(name: str) -> NotFound:
    return NotFound(f"Channel {name[:80]!r} not found")
