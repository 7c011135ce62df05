"""Rights that a credential holds by itself, as the wire lists them (`data-api §14.1`). Pure but for one filter."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Q

from doover_web.common.snowflake import ID_MAX, ID_MIN
from doover_web.common.wire import BadRequest

from .flags import EVERYTHING, Rights

AGENT, GROUP = "ag", "gr"
MOST = 5000
ENTRY = re.compile(r"(ag|gr):(-?[0-9]{1,19})", re.ASCII)
MASK = re.compile(r"[0-9]{1,20}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Given:
    """Rights by agent, and by group for everything below it, all within what an organisation reaches."""

    organisation_id: int | None
    agents: dict[int, Rights] = field(default_factory=dict)
    groups: dict[int, Rights] = field(default_factory=dict)

    def mask(self, subject_id: int, lineage: Iterable[int]) -> Rights:
        """The rights over one agent or group that hangs below the groups of `lineage`."""
        rights = self.agents.get(subject_id, Rights.NONE)
        for group_id in lineage:
            rights |= self.groups.get(group_id, Rights.NONE)
        return rights

    def named(self, right: Rights) -> Q:
        """The agents that `mask` gives `right` on, as a filter."""
        agents = [agent_id for agent_id, mask in self.agents.items() if mask & right]
        return Q(pk__in=agents) | Q(group__lineage__overlap=self.groups_with(right))

    def groups_with(self, right: Rights) -> list[int]:
        return [group_id for group_id, mask in self.groups.items() if mask & right]


def given_of(organisation_id: int | None, permissions: Iterable[dict]) -> Given:
    """The rights that a stored list stands for: `{"permission_id": "ag:<id>" or "gr:<id>", "permission": "<mask>"}`."""
    given = Given(organisation_id)
    for one in permissions:
        kind, _, number = one["permission_id"].partition(":")
        table = given.agents if kind == AGENT else given.groups
        table[int(number)] = table.get(int(number), Rights.NONE) | Rights(int(one["permission"]))
    return given


def read_permissions(value: object, *, kinds: Iterable[str] = (AGENT,)) -> dict[tuple[str, int], Rights]:
    """A list of permissions as a client sends it, by kind and id. BadRequest says which entry does not fit.

    Bits that no right has are dropped; the reserved ones of the full mask stay.
    """
    if not isinstance(value, list) or len(value) > MOST:
        raise BadRequest(f"permissions must be a list of at most {MOST} entries", code="bad_permissions")
    found: dict[tuple[str, int], Rights] = {}
    for place, one in enumerate(value):
        key, mask = _entry(one, place, tuple(kinds))
        found[key] = found.get(key, Rights.NONE) | mask
    return found


def listed(rights: dict[tuple[str, int], Rights]) -> list[dict]:
    """The same as it is stored and shown."""
    return [
        {"permission_id": f"{kind}:{number}", "permission": str(int(mask))} for (kind, number), mask in rights.items()
    ]


def _entry(one: object, place: int, kinds: tuple[str, ...]) -> tuple[tuple[str, int], Rights]:
    name, mask = (one.get("permission_id"), one.get("permission")) if isinstance(one, dict) else (None, None)
    match = ENTRY.fullmatch(name) if isinstance(name, str) else None
    if match is None or match[1] not in kinds or not ID_MIN <= int(match[2]) <= ID_MAX:
        raise BadRequest(f'permissions[{place}]: permission_id must be "ag:<agent id>"', code="bad_permissions")
    if not isinstance(mask, str) or not MASK.fullmatch(mask) or int(mask) >= 1 << 64:
        raise BadRequest(
            f"permissions[{place}]: permission must be a 64-bit mask as decimal text", code="bad_permissions"
        )
    return (match[1], int(match[2])), Rights(int(mask)) & EVERYTHING
