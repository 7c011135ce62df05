"""What the verbs of people and groups check before they change anything. `by` None is the server itself."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime

from django.utils.translation import gettext as _

from doover_web.common.wire import Conflict, Forbidden, NotFound

from .auth import Caller
from .flags import DASHBOARD_FLAGS, DEVICE_FLAGS, EVERYTHING, GROUP_FLAGS, TREE_FLAGS
from .given import AGENT, GROUP
from .models import Agent, Group, Membership, Organisation, User
from .permissions import Rights, may_administer, require, rights_over

# An administrator is who can let others in and give them roles; without one an organisation is lost to its people.
ADMINISTERS = ["users_manage", "user_permissions_manage"]
FLAG_RIGHTS = {**TREE_FLAGS, **DEVICE_FLAGS, **DASHBOARD_FLAGS}
SEEN = {Group: Rights.GROUP_VIEW, Agent: Rights.VIEW}


def check_administers(by: Caller | None, organisation: Organisation, *flags: str) -> None:
    """NotFound for a stranger, Forbidden for a member whose role has none of `flags`."""
    if by is None:
        return
    if not by.is_superuser and organisation.id not in by.organisations:
        raise NotFound("There is no such organisation")
    require(by, organisation.id, flags)


def check_right(by: Caller | None, thing: Agent | Group, right: Rights, flag: str) -> None:
    """NotFound for what `by` may not see, Forbidden for what they may see but not do."""
    if by is None:
        return
    rights = rights_over(by, thing)
    if not rights & SEEN[type(thing)]:
        raise NotFound(f"{type(thing).__name__} not found")
    if not rights & right:
        raise Forbidden(
            _("This takes the permission %(flag)s at %(thing)s") % {"flag": flag, "thing": thing}, code="no_permission"
        )


def check_in_use(archived_at: datetime | None) -> None:
    """Conflict for a device that is archived: it hears nothing, so nobody gives it anything to do or to watch over."""
    if archived_at is not None:
        raise Conflict(_("This device is archived, so it hears nothing. Bring it back first"), code="archived")


def group_flags(by: Caller, group: Group) -> frozenset[str]:
    """The group flags that `by` holds in `group`, from there or from above."""
    flags: set[str] = set()
    for grant in by.standing.held:
        if grant.group_id in group.lineage:
            flags |= grant.flags
    if may_administer(by.standing, group.organisation_id, "billing_manager"):
        flags.add("billing_manager")
    return frozenset(flags)


def effective_flags(by: Caller, group: Group) -> frozenset[str]:
    """All group flags that `by` acts with in `group`, as far as the credential allows (`control-api §4.4`)."""
    if by.is_superuser:
        held = frozenset(GROUP_FLAGS)
    else:
        lent = (loan.flags for loan in by.standing.loans if loan.group_id in group.lineage)
        held = group_flags(by, group).union(*lent)
    return frozenset(flag for flag in held if FLAG_RIGHTS[flag] & by.standing.limit)


def check_holds(by: Caller | None, organisation: Organisation, flags: Iterable[str]) -> None:
    """Nobody hands out, or takes away, an organisation flag they lack (`control-api §4.2`)."""
    if by is not None:
        _refuse_lacking(flag for flag in flags if not may_administer(by.standing, organisation.id, flag))


def check_holds_in(by: Caller | None, group: Group, flags: Iterable[str]) -> None:
    """The same for the flags of a group role, in `group`."""
    if by is not None and not by.is_superuser:
        held = group_flags(by, group)
        _refuse_lacking(flag for flag in flags if flag not in held)


def check_gives(by: Caller | None, wanted: dict[tuple[str, int], Rights]) -> dict[tuple[str, int], Rights]:
    """What `by` may hand on of the rights that a credential is to hold (`given.read_permissions`).

    The full mask means "all that I may"; any other mask with a right that `by` lacks is Forbidden, and what `by` may
    not see is NotFound.
    """
    things: dict[tuple[str, int], Agent | Group] = {}
    agents = [number for kind, number in wanted if kind == AGENT]
    groups = [number for kind, number in wanted if kind == GROUP]
    things |= {(AGENT, one.id): one for one in Agent.objects.filter(pk__in=agents).select_related("group")}
    things |= {(GROUP, one.id): one for one in Group.objects.filter(pk__in=groups)}
    return {key: _handed_on(by, things.get(key), key, mask) for key, mask in wanted.items()}


def _handed_on(by: Caller | None, thing: Agent | Group | None, key: tuple[str, int], mask: Rights) -> Rights:
    held = EVERYTHING if by is None else rights_over(by, thing) if thing is not None else Rights.NONE
    name = f"{key[0]}:{key[1]}"
    if thing is None or not held & SEEN[type(thing)]:
        raise NotFound(f"permissions: {name} not found")
    if mask == EVERYTHING:
        return held
    if mask & ~held:
        raise Forbidden(
            _("permissions: %(name)s would get rights that you lack yourself") % {"name": name}, code="beyond_own"
        )
    return mask


def check_own(by: Caller | None, user: User) -> None:
    """What belongs to a person's account is theirs alone; NotFound for anybody but them and superusers."""
    if by is not None and by.agent_id != user.agent_id and not by.is_superuser:
        raise NotFound("There is no such account")


@contextmanager
def keeping_an_administrator(*organisation_ids: int) -> Iterator[None]:
    """Around a change, in its transaction: Conflict when an organisation had an administrator before, and none after.

    The organisations are locked, so that two administrators cannot remove each other at the same moment.
    """
    locked = Organisation.objects.select_for_update(no_key=True).filter(pk__in=organisation_ids).order_by("pk")
    ids = list(locked.values_list("pk", flat=True))
    before = _administered(ids)
    yield
    if before - _administered(ids):
        raise Conflict(
            _("This would leave the organisation without an administrator; make somebody else one first"),
            code="last_administrator",
        )


def _administered(organisation_ids: list[int]) -> set[int]:
    administrators = Membership.objects.filter(user__is_active=True, role__flags__contains=ADMINISTERS)
    return set(administrators.filter(organisation_id__in=organisation_ids).values_list("organisation_id", flat=True))


def _refuse_lacking(lacking: Iterable[str]) -> None:
    if names := ", ".join(sorted(lacking)):
        raise Forbidden(
            _("This hands out or takes away permissions that you lack: %(names)s") % {"names": names}, code="beyond_own"
        )
