"""Reading the grounds that a caller stands on: memberships, group roles, what is shared."""

from collections.abc import Iterable, Mapping

from django.db import connection

from .flags import GROUP_FLAGS
from .given import given_of
from .models import Agent, SharingProfile, User
from .standing import Grant, Loan, Member, Standing

# Of each person the organisation or the group, its name, the role's name and flags; for a group also whether it is the
# root. What comes first only puts them in order: memberships by their age, then groups.
GROUNDS = """
SELECT m.created_at AS since, m.id AS number, m.user_id, m.organisation_id, o.name, r.name, r.flags,
       NULL::bigint AS group_id, NULL::boolean AS is_root
FROM identity_membership m
JOIN identity_organisation o ON o.id = m.organisation_id
LEFT JOIN identity_organisationrole r ON r.id = m.role_id
WHERE m.user_id = ANY(%s)
UNION ALL
SELECT NULL, g.id, g.user_id, t.organisation_id, t.name, r.name, r.flags, t.id, t.parent_id IS NULL
FROM identity_groupgrant g
JOIN identity_group t ON t.id = g.group_id
JOIN identity_grouprole r ON r.id = g.role_id
WHERE g.user_id = ANY(%s)
ORDER BY since NULLS LAST, number
"""


def standing_of_agent(agent: Agent) -> Standing:
    """A device or an application stands on its own only."""
    return Standing(agent.id)


def standing_of_holder(agent: Agent, permissions: list[dict]) -> Standing:
    """An agent whose credential holds rights of its own: those, as far as its organisation reaches."""
    organisation_id = agent.organisation_id
    profiles = _profiles({organisation_id}) if organisation_id else []
    reach = {organisation_id: frozenset(GROUP_FLAGS)} if organisation_id else {}
    return Standing(agent.id, loans=tuple(_loans(profiles, reach)), given=given_of(organisation_id, permissions))


def standing_of_user(user: User) -> Standing:
    """A person's grounds: one query, three more when one of the organisations has borrowed something."""
    return standings_of([user])[user.id]


def standings_of(users: Iterable[User]) -> dict[int, Standing]:
    """The grounds of many people by user id, in as many queries as of one."""
    people = {user.id: user for user in users}
    members: dict[int, dict[int, Member]] = {user_id: {} for user_id in people}
    grants: dict[int, list[Grant]] = {user_id: [] for user_id in people}
    roots: dict[int, dict[int, frozenset[str]]] = {user_id: {} for user_id in people}
    for user_id, organisation_id, name, role, flags, group_id, is_root in _grounds(people):
        if group_id is None:
            member = Member(organisation_id, name, "no role" if role is None else role, frozenset(flags or ()))
            members[user_id][organisation_id] = member
            continue
        grants[user_id].append(Grant(group_id, organisation_id, name, role, frozenset(flags)))
        if is_root and organisation_id in members[user_id]:
            roots[user_id][organisation_id] = frozenset(flags)
    profiles = _profiles({taker for held in roots.values() for taker in held})
    return {
        user_id: Standing(
            user.agent_id,
            is_superuser=user.is_superuser,
            members=members[user_id],
            grants=tuple(grants[user_id]),
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


def _grounds(people: Iterable[int]) -> list[tuple]:
    """Memberships, the oldest first, then roles in groups: read for every request, so without objects of models."""
    asked = list(people)
    if not asked:
        return []
    with connection.cursor() as cursor:
        cursor.execute(GROUNDS, [asked, asked])
        return [row[2:] for row in cursor.fetchall()]


def _profiles(takers: set[int]) -> list[SharingProfile]:
    found = SharingProfile.objects.filter(taker_id__in=takers).select_related("organisation", "role")
    return list(found.prefetch_related("devices", "groups").order_by("id"))


def _loans(profiles: list[SharingProfile], roots: Mapping[int, frozenset[str]]) -> Iterable[Loan]:
    """What is lent to the organisations on whose root group the person has flags, as far as both sides allow."""
    for profile in profiles:
        if profile.taker_id not in roots:
            continue
        flags = frozenset(profile.role.flags) & roots[profile.taker_id]
        giver = profile.organisation
        for device in profile.devices.all():
            yield Loan(device.id, None, profile.name, giver.name, giver.id, flags)
        for group in profile.groups.all():
            yield Loan(None, group.id, profile.name, giver.name, giver.id, flags)
