"""The one place that answers "may X do Y to Z", and says why. The rule itself is in `standing.py`."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from doover_web.common.wire import Forbidden

from .flags import EVERYTHING, Rights
from .models import Agent, Group
from .standing import Reason, Subject, may_administer, reasons, rights_of

__all__ = ["EVERYTHING", "Reason", "Rights", "explain", "may_administer", "rights_over"]


def subject_of(thing: Agent | Group) -> Subject:
    """What a rule is asked about: an agent or a group, with the groups above it."""
    if isinstance(thing, Group):
        return Subject(thing.id, "group", thing.organisation_id, tuple(thing.lineage))
    lineage = tuple(thing.group.lineage) if thing.group_id else ()
    return Subject(thing.id, thing.kind, thing.organisation_id, lineage)


def rights_over(caller, thing: Agent | Group) -> Rights:
    """What `caller` may do with an agent or a group; Rights.NONE when it is not to be seen at all."""
    return rights_of(caller.standing if caller else None, subject_of(thing))


def explain(caller, thing: Agent | Group) -> list[Reason]:
    """Why: every ground that gives `caller` some right over `thing`."""
    return reasons(caller.standing if caller else None, subject_of(thing))


def require(caller, organisation_id: int, flags: Iterable[str]) -> None:
    """Refuse a caller whose role in the organisation has none of `flags`."""
    flags = list(flags)
    if not any(may_administer(caller.standing if caller else None, organisation_id, flag) for flag in flags):
        raise Forbidden(_("This takes the permission %(names)s") % {"names": " or ".join(flags)}, code="no_permission")
