"""What every part of a device page has in common: the device, whether it is there, its parts, what one may do."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _

from doover_web.common.snowflake import now_ms
from doover_web.control.models import Device
from doover_web.data.access import Reach, reach_agent
from doover_web.data.alarm_lists import open_alarms_of
from doover_web.identity.frame import place_of
from doover_web.identity.models import Agent, Group
from doover_web.identity.permissions import Rights, rights_over
from doover_web.pages import words
from doover_web.pages.drawings import drawing_of

from .presence import Presence, judge
from .states import NOTHING, State, states_at
from .tabs import Deed, Tab, deeds_for, tabs_for

ALWAYS = ("doover_connection", "tag_values")
KINDS = (Agent.Kind.DEVICE, Agent.Kind.DASHBOARD)


@dataclass(frozen=True, slots=True)
class DeviceFrame:
    """A device as its page shows it. `states` holds what was asked for by channel, `alarms` those that are open."""

    agent: Agent
    reach: Reach
    presence: Presence
    current: str
    tabs: list[tuple[Tab, str]]
    deeds: list[tuple[Deed, str]]
    groups: list[Group]
    states: dict[str, State]
    alarms: list[dict] = field(default_factory=list)
    now_ms: int = 0
    icon: str = "cpu"

    def may(self, right: Rights) -> bool:
        return bool(self.reach.rights & right)

    def state(self, name: str) -> State:
        return self.states.get(name, NOTHING)

    @property
    def is_device(self) -> bool:
        """A dashboard has the same page, and nothing that could be away."""
        return self.agent.kind == Agent.Kind.DEVICE

    @property
    def is_offline(self) -> bool:
        return self.is_device and self.presence.state == "offline"

    @property
    def away_since(self) -> str:
        """When a device that is away was last there, in words."""
        seen = self.presence.seen_at
        return words.clock(seen, timezone.localtime()).rsplit(":", 1)[0] if seen else ""

    @property
    def away_for(self) -> str:
        return words.duration((self.now_ms - (self.presence.seen or self.now_ms)) / 1000)

    @property
    def revisions(self) -> str:
        """How far the states are that the page was drawn from, for the script that keeps it fresh."""
        return " ".join(f"{name}:{state.revision}" for name, state in self.states.items())

    @property
    def may_control(self) -> bool:
        return self.may(Rights.CONTROL) and not self.agent.archived_at

    @property
    def may_alarm(self) -> bool:
        return self.may(Rights.ALARMS_MANAGE) and not self.agent.archived_at

    @property
    def may_configure(self) -> bool:
        return self.may(Rights.CONFIGURE)

    @property
    def sees_history(self) -> bool:
        return self.may(Rights.HISTORY)

    @property
    def buttons(self) -> list[tuple[Deed, str]]:
        return [(deed, there) for deed, there in self.deeds if not deed.quiet]

    @property
    def menu(self) -> list[tuple[Deed, str]]:
        return [(deed, there) for deed, there in self.deeds if deed.quiet]

    @property
    def updated(self) -> datetime | None:
        """When its values last changed; those of the first generation stand in its page."""
        changed = self.state("tag_values").changed or self.state("ui_state").changed
        return words.from_ms(changed) if changed else None

    @property
    def as_of(self) -> str:
        """When what is shown was said, of a device that is away: `14:32`, `3 Nov 14:32`. What was written after its
        last sign of life tells of a time before it."""
        known = [one for one in (self.updated, self.presence.seen_at) if one is not None]
        moment, now = min(known, default=None), timezone.localtime()
        return words.clock(moment, now).removeprefix(f"{_('today')} ").rsplit(":", 1)[0] if moment else ""


def device_frame(request, agent_id: str, current: str, *, channels: Iterable[str] = ()) -> DeviceFrame:
    """The device for a part of its page, with the states of `channels`; 404 for what is none or not to be seen."""
    reach = reach_agent(request.caller, agent_id)
    agent = Agent.objects.select_related("organisation", "group").get(pk=reach.agent_id)
    if agent.kind not in KINDS:
        raise Http404
    states, moment = states_at(reach, {*ALWAYS, *channels}), now_ms()
    connection = states.get("doover_connection", NOTHING).data
    return DeviceFrame(
        agent=agent,
        reach=reach,
        presence=judge(connection, moment, timezone.get_current_timezone()),
        current=current,
        tabs=tabs_for(agent.id, reach.rights),
        deeds=deeds_for(agent.id, reach.rights, place_of(request.caller).may),
        groups=groups_above(request.caller, agent),
        states=states,
        alarms=open_alarms_of(reach),
        now_ms=moment,
        icon=icon_of_device(agent.id),
    )


def device_context(request, agent_id: str, current: str, *, channels: Iterable[str] = (), **more) -> dict:
    """The context of a template that extends `portal/device_frame.html`."""
    device = device_frame(request, agent_id, current, channels=channels)
    return {"section": "devices", "device": device, "agent": device.agent, **more}


def groups_above(caller, agent: Agent) -> list[Group]:
    """Where the device hangs, from under the root down; branches that the caller may not see are left out."""
    if agent.group is None or len(agent.group.lineage) < 2:
        return []
    found = Group.objects.in_bulk(agent.group.lineage[1:])
    return [found[one] for one in agent.group.lineage[1:] if one in found and rights_over(caller, found[one])]


def icon_of_device(agent_id: int) -> str:
    """The drawing that stands for a device: its own, else that of its type."""
    names = Device.objects.filter(agent_id=agent_id).values_list("fa_icon", "type__default_icon").first()
    return drawing_of(names or ())
