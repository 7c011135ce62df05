"""The one place that answers "may X do Y to Z" (`control-api §4`)."""

from enum import IntFlag

from .models import Agent, Membership


class Rights(IntFlag):
    """What a caller may do with one agent: the data plane's permission bits (`control-api §4.5`)."""

    NONE = 0
    VIEW = 1 << 1
    PRIVATE = 1 << 2
    CONFIGURE = 1 << 3
    CREATE = 1 << 4
    TUNNELS = 1 << 5
    HISTORY = 1 << 8
    ALARMS_VIEW = 1 << 20
    ALARMS_MANAGE = 1 << 21
    CONTROL = 1 << 29


EVERYTHING = Rights((1 << 40) - 2)
OF_ROLE = {
    Membership.Role.ADMIN: EVERYTHING,
    Membership.Role.OPERATOR: Rights.VIEW | Rights.HISTORY | Rights.CONTROL | Rights.ALARMS_VIEW,
    Membership.Role.VIEWER: Rights.VIEW | Rights.HISTORY | Rights.ALARMS_VIEW,
}


def rights_over(caller, *, agent_id: int, organisation_id: int | None) -> Rights:
    """The rights of `caller` over an agent of an organisation; none when the agent is not to be seen at all."""
    if caller is None:
        return Rights.NONE
    if caller.is_superuser or caller.agent_id == agent_id:
        return EVERYTHING
    return caller.organisations.get(organisation_id, Rights.NONE) if organisation_id else Rights.NONE


def rights_over_agent(caller, agent: Agent) -> Rights:
    return rights_over(caller, agent_id=agent.id, organisation_id=agent.organisation_id)
