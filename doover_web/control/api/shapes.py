"""What several resources say of organisations, people, groups and roles; ids as text (`control-api §2`)."""

from datetime import datetime

from doover_web.identity.flags import GROUP_FLAGS, ORGANISATION_FLAGS
from doover_web.identity.models import Agent, Group, GroupRole, Organisation, OrganisationRole, User


def name_ref(row: Organisation | Group | GroupRole | OrganisationRole) -> dict:
    """OrgName, GroupName, RoleName."""
    return {"id": str(row.pk), "name": row.name}


def organisation_ref(organisation: Organisation) -> dict:
    return {**name_ref(organisation), "archived": organisation.archived_at is not None}


def organisation_ref_or_none(organisation: Organisation | None) -> dict | None:
    return None if organisation is None else organisation_ref(organisation)


def group_ref(group: Group) -> dict:
    archived = group.archived_at is not None
    return {**name_ref(group), "archived": archived, "organisation": organisation_ref(group.organisation)}


def device_ref(device: Agent) -> dict:
    return {"id": str(device.id), "name": device.name, "display_name": device.display_name}


def user_ref(user: User) -> dict:
    first, last = names_of(user)
    return {
        "id": str(user.id),
        "username": user.email,
        "email": user.email,
        "first_name": first,
        "last_name": last,
        "last_activity": user.last_login,
    }


def names_of(user: User) -> tuple[str, str]:
    """First and last name, of the one that people give."""
    first, _, last = user.agent.display_name.partition(" ")
    return first, last


def organisation_role(role: OrganisationRole) -> dict:
    default = role.default_root_group_role
    return {
        **_role(role),
        **{flag: flag in role.flags for flag in ORGANISATION_FLAGS},
        "default_root_group_role": None if default is None else name_ref(default),
    }


def group_role(role: GroupRole) -> dict:
    return {**_role(role), **{flag: flag in role.flags for flag in GROUP_FLAGS}}


def milliseconds(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp() * 1000)


def _role(role: GroupRole | OrganisationRole) -> dict:
    return {
        **name_ref(role),
        "description": role.description,
        "organisation": organisation_ref_or_none(role.organisation),
        "archived": role.archived_at is not None,
    }
