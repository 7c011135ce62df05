"""Reading the grounds that a caller stands on: memberships, group roles, what is shared."""

from collections.abc import Iterable

from .flags import GROUP_FLAGS
from .given import given_of
from .models import Agent, GroupGrant, Membership, SharingProfile, User
from .standing import Grant, Loan, Member, Standing


def standing_of_agent(agent: Agent) -> Standing:
    """A device or an application stands on its own only."""
    return Standing(agent.id)


def standing_of_holder(agent: Agent, permissions: list[dict]) -> Standing:
    """An agent whose credential holds rights of its own: those, as far as its organisation reaches."""
    organisation_id = agent.organisation_id
    profiles = _profiles({organisation_id}) if organisation_id else []
    reach = {organisation_id: list(GROUP_FLAGS)} if organisation_id else {}
    return Standing(agent.id, loans=tuple(_loans(profiles, reach)), given=given_of(organisation_id, permissions))


def standing_of_user(user: User) -> Standing:
    """A person's grounds: two queries, three more when one of the organisations has borrowed something."""
    return standings_of([user])[user.id]


def standings_of(users: Iterable[User]) -> dict[int, Standing]:
    """The grounds of many people by user id, in as many queries as of one."""
    people = {user.id: user for user in users}
    members: dict[int, dict[int, Member]] = {user_id: {} for user_id in people}
    for one in _memberships(people):
        members[one.user_id][one.organisation_id] = _member(one)
    grants: dict[int, list[GroupGrant]] = {user_id: [] for user_id in people}
    for grant in GroupGrant.objects.filter(user__in=people).select_related("group", "role").order_by("id"):
        grants[grant.user_id].append(grant)
    roots = {user_id: _roots(grants[user_id], members[user_id]) for user_id in people}
    profiles = _profiles({taker for held in roots.values() for taker in held})
    return {
        user_id: Standing(
            user.agent_id,
            is_superuser=user.is_superuser,
            members=members[user_id],
            grants=tuple(_grant(one) for one in grants[user_id]),
            loans=tuple(_loans(profiles, roots[user_id])),
        )
        for user_id, user in people.items()
    }


def standings_of_agents(agents: Iterable[Agent]) -> dict[int, Standing]:
    """The grounds of agents of any kind by id, in a few queries; a closed account stands on none and is left out."""
    agents = list(agents)
    people = [one.id for one in agents if one.kind == Agent.Kind.USER]
    found = standings_of(User.objects.filter(pk__in=people, is_active=True)) if people else {}
    return found | {one.id: standing_of_agent(one) for one in agents if one.kind != Agent.Kind.USER}


def _memberships(people):
    found = Membership.objects.filter(user__in=people).select_related("organisation", "role")
    return found.order_by("created_at", "id")


def _member(one: Membership) -> Member:
    role, flags = (one.role.name, one.role.flags) if one.role else ("no role", ())
    return Member(one.organisation_id, one.organisation.name, role, frozenset(flags))


def _grant(one: GroupGrant) -> Grant:
    return Grant(one.group_id, one.group.organisation_id, one.group.name, one.role.name, frozenset(one.role.flags))


def _roots(granted: list[GroupGrant], members: dict[int, Member]) -> dict[int, list[str]]:
    """The flags on the root groups of the organisations that somebody is a member of."""
    held = {one.group.organisation_id: one.role.flags for one in granted if one.group.is_root}
    return {organisation_id: flags for organisation_id, flags in held.items() if organisation_id in members}


def _profiles(takers: set[int]) -> list[SharingProfile]:
    found = SharingProfile.objects.filter(taker_id__in=takers).select_related("organisation", "role")
    return list(found.prefetch_related("devices", "groups").order_by("id"))


def _loans(profiles: list[SharingProfile], roots: dict[int, list[str]]) -> Iterable[Loan]:
    """What is lent to the organisations on whose root group the person has flags, as far as both sides allow."""
    for profile in profiles:
        if profile.taker_id not in roots:
            continue
        flags = frozenset(profile.role.flags) & frozenset(roots[profile.taker_id])
        giver = profile.organisation
        for device in profile.devices.all():
            yield Loan(device.id, None, profile.name, giver.name, giver.id, flags)
        for group in profile.groups.all():
            yield Loan(None, group.id, profile.name, giver.name, giver.id, flags)
