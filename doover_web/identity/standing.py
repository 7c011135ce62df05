"""The rule behind every permission, as plain functions (`control-api §4`).

A caller's grounds are a `Standing`, what is asked about is a `Subject`. `reasons` lists every ground that gives some
right, `rights_of` is their union: enforcement and explanation are one function.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from django.db.models import Q
from django.utils.translation import gettext_lazy

from .flags import DASHBOARD_FLAGS, DEVICE_FLAGS, EVERYTHING, TREE_FLAGS, Rights, rights_of_flags
from .given import Given

DASHBOARD, ORGANISATION, GROUP = "dashboard", "organisation", "group"
IN_GROUP = gettext_lazy("Role %(role)s in group %(group)s")
ABOVE = gettext_lazy("Role %(role)s in group %(group)s, above it")
SHARED = gettext_lazy("Shared by %(giver)s (%(profile)s)")
MEMBER = gettext_lazy("Member of %(organisation)s as %(role)s")
SUPERUSER, ITSELF = gettext_lazy("Superuser"), gettext_lazy("It is the caller itself")
GIVEN, GIVEN_OF = gettext_lazy("Given to it"), gettext_lazy("Given to it. %(reason)s")


@dataclass(frozen=True, slots=True)
class Member:
    """A membership: the flags of the organisation role."""

    organisation_id: int
    organisation: str
    role: str
    flags: frozenset[str]

    @property
    def is_guest(self) -> bool:
        """Whether the role holds nothing beyond the site itself: to a guest the organisation's own agent is closed."""
        return self.flags <= {"access_site"}


@dataclass(frozen=True, slots=True)
class Grant:
    """A group role on a group; it holds for everything below, and for members of the organisation only."""

    group_id: int
    organisation_id: int
    group: str
    role: str
    flags: frozenset[str]


@dataclass(frozen=True, slots=True)
class Loan:
    """A device or a group of another organisation that is shared with one of the caller's."""

    agent_id: int | None
    group_id: int | None
    profile: str
    giver: str
    giver_id: int
    flags: frozenset[str]


@dataclass(frozen=True, slots=True)
class Standing:
    """Every ground a caller stands on."""

    agent_id: int
    is_superuser: bool = False
    # What the credential allows at most; a token may be narrower than its owner.
    limit: Rights = EVERYTHING
    members: dict[int, Member] = field(default_factory=dict)
    grants: tuple[Grant, ...] = ()
    loans: tuple[Loan, ...] = ()
    # Rights that the credential itself holds; then nothing else counts, and no further than its organisation reaches.
    given: Given | None = None

    @property
    def held(self) -> list[Grant]:
        """The grants that count: a row that outlived a membership gives nothing."""
        return [grant for grant in self.grants if grant.organisation_id in self.members]


@dataclass(frozen=True, slots=True)
class Subject:
    """What is asked about: an agent, or a group (`kind` "group"), with the groups above it."""

    id: int
    kind: str
    organisation_id: int | None
    lineage: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Reason:
    """One ground for some rights, and what is said of it with the names in their places."""

    rights: Rights
    words: str
    named: Mapping[str, object] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """In the language of who reads it: nobody does while rights are only checked."""
        return str(self.words) % self.named

    def __str__(self) -> str:
        return self.text


def rights_of(standing: Standing | None, subject: Subject) -> Rights:
    """All rights of a caller over `subject`; none when it is not to be seen at all."""
    rights = Rights.NONE
    for reason in reasons(standing, subject):
        rights |= reason.rights
    return rights


def reasons(standing: Standing | None, subject: Subject) -> list[Reason]:
    """Every ground the caller has for touching `subject`."""
    if standing is None:
        return []
    found = [
        Reason(reason.rights & standing.limit, reason.words, reason.named) for reason in _grounds(standing, subject)
    ]
    return [reason for reason in found if reason.rights]


def _grounds(standing: Standing, subject: Subject) -> list[Reason]:
    if standing.is_superuser:
        return [Reason(EVERYTHING, SUPERUSER)]
    if standing.agent_id == subject.id:
        return [Reason(EVERYTHING, ITSELF)]
    if standing.given is not None:
        return _of_given(standing, standing.given, subject)
    if subject.kind == ORGANISATION:
        return _of_member(standing, subject)
    table = _table(subject)
    return [*_of_grants(standing, subject, table), *_of_loans(standing, subject, table)]


def _table(subject: Subject) -> dict[str, Rights]:
    if subject.kind == GROUP:
        return {**TREE_FLAGS, **DEVICE_FLAGS}
    return DASHBOARD_FLAGS if subject.kind == DASHBOARD else DEVICE_FLAGS


def _of_grants(standing: Standing, subject: Subject, table: dict[str, Rights]) -> Iterable[Reason]:
    for grant in standing.held:
        if grant.group_id in subject.lineage:
            own = grant.group_id == subject.lineage[-1]
            named = {"role": grant.role, "group": grant.group}
            yield Reason(rights_of_flags(grant.flags, table), IN_GROUP if own else ABOVE, named)


def _of_loans(standing: Standing, subject: Subject, table: dict[str, Rights]) -> Iterable[Reason]:
    for loan in standing.loans:
        if loan.agent_id == subject.id or (loan.group_id is not None and loan.group_id in subject.lineage):
            yield Reason(rights_of_flags(loan.flags, table), SHARED, {"giver": loan.giver, "profile": loan.profile})


def _of_given(standing: Standing, given: Given, subject: Subject) -> list[Reason]:
    """What the credential was given there, as far as its organisation reaches: its own, and what is lent to it."""
    mask = given.mask(subject.id, subject.lineage)
    if subject.organisation_id == given.organisation_id:
        return [Reason(mask, GIVEN)]
    if subject.kind in (GROUP, ORGANISATION):
        return []
    lent = _of_loans(standing, subject, _table(subject))
    return [Reason(one.rights & mask, GIVEN_OF, {"reason": one}) for one in lent]


def _of_member(standing: Standing, subject: Subject) -> list[Reason]:
    """The rights over an organisation's own agent (`control-api §4.5`), where reports on every device stand."""
    member = standing.members.get(subject.organisation_id or 0)
    if member is None or member.is_guest:
        return []
    rights = Rights.VIEW | Rights.HISTORY
    if member.flags & {"reports_create", "integrations_manage", "applications_manage"}:
        rights |= Rights.CONTROL
    if "users_view" in member.flags:
        rights |= Rights.PRIVATE
    return [Reason(rights, MEMBER, {"organisation": member.organisation, "role": member.role})]


def may_administer(standing: Standing | None, organisation_id: int, flag: str) -> bool:
    """Whether the caller's role in the organisation has `flag` (`control-api §4.2`)."""
    if standing is None or (standing.limit != EVERYTHING and not _may_with(standing.limit, flag)):
        return False
    if standing.is_superuser:
        return True
    member = standing.members.get(organisation_id)
    return member is not None and flag in member.flags


def _may_with(limit: Rights, flag: str) -> bool:
    """A narrow token may look at what its owner administers, and change nothing there."""
    return bool(limit & Rights.VIEW) and flag.endswith("_view")


def visible_agents(standing: Standing | None) -> Q:
    """The agents that `rights_of` gives VIEW on, as a filter."""
    if standing is None or not standing.limit & Rights.VIEW:
        return Q(pk__in=[])
    if standing.is_superuser:
        return Q()
    if standing.given is not None:
        reached = Q(organisation_id=standing.given.organisation_id) | _hanging(standing)
        return Q(pk=standing.agent_id) | (standing.given.named(Rights.VIEW) & reached)
    homes = [key for key, member in standing.members.items() if not member.is_guest]
    own = Q(pk=standing.agent_id) | Q(kind=ORGANISATION, pk__in=homes)
    return own | _hanging(standing)


def _hanging(standing: Standing) -> Q:
    """The devices and dashboards that hang below a group of the caller's, or are lent."""
    devices, dashboards = (_places(standing, flag) for flag in ("device_view", "dashboard_view"))
    lent = [loan.agent_id for loan in standing.loans if loan.agent_id and "device_view" in loan.flags]
    boards = [loan.agent_id for loan in standing.loans if loan.agent_id and "dashboard_view" in loan.flags]
    return (~Q(kind=DASHBOARD) & (Q(group__lineage__overlap=devices) | Q(pk__in=lent))) | (
        Q(kind=DASHBOARD) & (Q(group__lineage__overlap=dashboards) | Q(pk__in=boards))
    )


def agents_with(standing: Standing | None, flag: str, right: Rights) -> Q:
    """Of the devices that somebody sees, those that `rights_of` gives `right` on (the one that `flag` stands for)."""
    if standing is None or not standing.limit & right:
        return Q(pk__in=[])
    if standing.is_superuser:
        return Q()
    if standing.given is not None:
        return standing.given.named(right)
    lent = [loan.agent_id for loan in standing.loans if loan.agent_id and flag in loan.flags]
    return Q(group__lineage__overlap=_places(standing, flag)) | Q(pk__in=lent)


def organisations_around(standing: Standing | None) -> set[int]:
    """The organisations that the devices somebody may see can be in; a superuser's may be in any."""
    if standing is None:
        return set()
    given = {standing.given.organisation_id} if standing.given and standing.given.organisation_id else set()
    return {*standing.members, *(loan.giver_id for loan in standing.loans), *given}


def homes_with(standing: Standing, flags: Collection[str], in_groups: Collection[str] = ()) -> list[int]:
    """The organisations where the caller's role has one of `flags`, or their role in some group one of `in_groups`."""
    found = {key for key, member in standing.members.items() if not member.flags.isdisjoint(flags)}
    return sorted(found | {one.organisation_id for one in standing.held if not one.flags.isdisjoint(in_groups)})


def places_with(standing: Standing | None, flag: str) -> list[int]:
    """The groups that somebody has the flag in; it holds for everything below them."""
    if standing is None or standing.given is not None or standing.limit != EVERYTHING:
        return []
    return _places(standing, flag)


def visible_groups(standing: Standing | None) -> Q:
    """The groups that `rights_of` gives GROUP_VIEW on, as a filter."""
    if standing is None or not standing.limit & Rights.GROUP_VIEW:
        return Q(pk__in=[])
    if standing.given is not None:
        below = standing.given.groups_with(Rights.GROUP_VIEW)
        return Q(lineage__overlap=below, organisation_id=standing.given.organisation_id)
    return Q() if standing.is_superuser else Q(lineage__overlap=_places(standing, "group_view"))


def groups_with(standing: Standing, flag: str) -> Q:
    """The groups where the caller acts with a group flag, as a filter."""
    if standing.is_superuser:
        return Q()
    return Q(lineage__overlap=_places(standing, flag))


def _places(standing: Standing, flag: str) -> list[int]:
    """The groups below which the caller has `flag`."""
    granted = [grant.group_id for grant in standing.held if flag in grant.flags]
    return granted + [loan.group_id for loan in standing.loans if loan.group_id and flag in loan.flags]
