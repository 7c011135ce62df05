"""Who may see a device, a dashboard or a group, and why; for the pages that show it."""

from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .auth import Caller
from .callers import standings_of
from .flags import BUILT_IN_GROUP_ROLES, BUILT_IN_ORGANISATION_ROLES, Rights
from .models import Agent, Group, GroupRole, Organisation, OrganisationRole, SharingProfile, User
from .permissions import may_administer, rights_over, subject_of
from .standing import Reason, reasons, rights_of

RIGHTS = {
    Rights.VIEW: gettext_lazy("see"),
    Rights.HISTORY: gettext_lazy("look back"),
    Rights.CONTROL: gettext_lazy("control"),
    Rights.PRIVATE: gettext_lazy("private channels"),
    Rights.CONFIGURE: gettext_lazy("configure"),
    Rights.CREATE: gettext_lazy("create"),
    Rights.TUNNELS: gettext_lazy("remote access"),
    Rights.ALARMS_VIEW: gettext_lazy("see alarms"),
    Rights.ALARMS_MANAGE: gettext_lazy("change alarms"),
    Rights.TURN: gettext_lazy("video"),
}


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody with rights over a thing: what they may do, in words, and each ground for it."""

    person: User
    email: str
    rights: str
    reasons: list[Reason]


def rights_in_words(rights: Rights) -> str:
    """`see, look back, control` for a mask; what only groups have is left out."""
    return ", ".join(str(words) for right, words in RIGHTS.items() if rights & right) or _("nothing")


def may_see_people(caller: Caller, thing: Agent | Group) -> bool:
    """Whether the caller may know who sees a device, a dashboard or a group."""
    group = thing if isinstance(thing, Group) else thing.group
    if may_administer(caller.standing, thing.organisation_id or 0, "users_view"):
        return True
    return group is not None and bool(rights_over(caller, group) & (Rights.PEOPLE_VIEW | Rights.PEOPLE_MANAGE))


def people_of(thing: Agent | Group, search: str = "") -> QuerySet[User]:
    """People who have a ground to stand on: a role above the thing, a loan of it, or all rights."""
    is_group = isinstance(thing, Group)
    flag = "group_view" if is_group else f"{'dashboard' if thing.kind == Agent.Kind.DASHBOARD else 'device'}_view"
    lineage = list(subject_of(thing).lineage)
    lent_here = Q(groups__in=lineage) if is_group else Q(devices=thing) | Q(groups__in=lineage)
    lent = SharingProfile.objects.filter(lent_here, role__flags__contains=[flag])
    at_takers = Q(grants__group__parent=None, grants__role__flags__contains=[flag])
    takers = lent.values("taker_id")
    grounds = (
        Q(is_superuser=True)
        | Q(grants__group__in=lineage, grants__role__flags__contains=[flag])
        | (at_takers & Q(grants__group__organisation__in=takers, memberships__organisation__in=takers))
    )
    people = User.objects.filter(pk__in=User.objects.filter(grounds).values("pk"), is_active=True)
    if search:
        people = people.filter(Q(agent__display_name__icontains=search) | Q(email__icontains=search))
    return people.select_related("agent").order_by("agent__display_name", "email")


def holders_of(thing: Agent | Group, people: list[User]) -> list[Holder]:
    """What each of these people may do with a thing. The address of somebody from elsewhere is not ours to show."""
    subject, standings = subject_of(thing), standings_of(people)
    return [
        Holder(
            person,
            _from_where(person, subject.organisation_id in standings[person.id].members),
            rights_in_words(rights_of(standings[person.id], subject)),
            reasons(standings[person.id], subject),
        )
        for person in people
    ]


def _from_where(person: User, is_member: bool) -> str:
    if is_member:
        return person.email
    return _("runs this server") if person.is_superuser else _("from another organisation")


def organisation_roles(organisation: Organisation) -> list[OrganisationRole]:
    """The roles that members may have, the built-in ones first."""
    OrganisationRole.objects.complete()
    found = list(OrganisationRole.objects.offered_in(organisation).select_related("default_root_group_role"))
    return _ordered(found, list(BUILT_IN_ORGANISATION_ROLES))


def group_roles(organisation: Organisation) -> list[GroupRole]:
    """The roles that people may have in groups, the built-in ones first."""
    GroupRole.objects.complete()
    return _ordered(list(GroupRole.objects.offered_in(organisation)), list(BUILT_IN_GROUP_ROLES))


def _ordered(roles: list, names: list[str]) -> list:
    def rank(role):
        built_in = role.organisation_id is None and role.name in names
        return (role.organisation_id is not None, names.index(role.name) if built_in else len(names), role.name)

    return sorted(roles, key=rank)
