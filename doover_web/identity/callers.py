"""Reading the grounds that a caller stands on: memberships, group roles, what is shared."""

from .models import Agent, GroupGrant, SharingProfile, User
from .standing import Grant, Loan, Member, Standing


def standing_of_agent(agent: Agent) -> Standing:
    """A device or an application stands on its own only."""
    return Standing(agent.id)


def standing_of_user(user: User) -> Standing:
    """A person's grounds: two queries, three more when one of the organisations has borrowed something."""
    members = {
        membership.organisation_id: Member(
            membership.organisation_id,
            membership.organisation.name,
            membership.role.name if membership.role else "no role",
            frozenset(membership.role.flags if membership.role else ()),
        )
        for membership in user.memberships.select_related("organisation", "role").order_by("created_at", "id")
    }
    granted = list(GroupGrant.objects.filter(user=user).select_related("group", "role").order_by("id"))
    grants = tuple(
        Grant(grant.group_id, grant.group.name, grant.role.name, frozenset(grant.role.flags)) for grant in granted
    )
    roots = {grant.group.organisation_id: grant.role.flags for grant in granted if grant.group.is_root}
    return Standing(
        user.agent_id,
        is_superuser=user.is_superuser,
        members=members,
        grants=grants,
        loans=tuple(_loans({key: flags for key, flags in roots.items() if key in members})),
    )


def _loans(roots: dict[int, list[str]]):
    """What is lent to the organisations on whose root group the person has flags, as far as both sides allow."""
    profiles = SharingProfile.objects.filter(taker_id__in=roots).select_related("organisation", "role")
    for profile in profiles.prefetch_related("devices", "groups"):
        flags = frozenset(profile.role.flags) & frozenset(roots[profile.taker_id])
        for device in profile.devices.all():
            yield Loan(device.id, None, profile.name, profile.organisation.name, flags)
        for group in profile.groups.all():
            yield Loan(None, group.id, profile.name, profile.organisation.name, flags)
