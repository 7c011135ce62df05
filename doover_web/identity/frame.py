"""What the frame of every page says about the person: the organisation they are in, and as whom they act."""

from dataclasses import dataclass, replace

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from .auth import Caller
from .flags import GROUP_FLAGS, ORGANISATION_FLAGS
from .models import Organisation
from .sessions import has_chosen
from .standing import may_administer

# What only lets somebody look, or use what is there: whoever holds nothing else has nothing to manage.
LOOKS = frozenset(
    {
        *(flag for flag in (*ORGANISATION_FLAGS, *GROUP_FLAGS) if flag.endswith("_view")),
        *("access_site", "reports_create"),
        *("device_history", "device_control", "device_tunnels", "dashboard_control", "alarms_manage"),
        *("turn_client_connect", "dashboard_edit", "dashboard_create"),
    }
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody is: `organisation` and `others` are (id, name), `may` the flags of their role there,
    `may_in_groups` those of their roles in groups of it."""

    organisation: tuple[int, str] | None = None
    others: tuple[tuple[int, str], ...] = ()
    may: frozenset[str] = frozenset()
    may_in_groups: frozenset[str] = frozenset()
    is_superuser: bool = False
    # None was chosen: lists hold what all of theirs own.
    sees_all: bool = False
    acts_as: str = ""
    assumed_by: str = ""

    @property
    def manages(self) -> bool:
        """Whether the admin portal has anything for them to change."""
        return bool((self.may | self.may_in_groups) - LOOKS)

    @property
    def sees_overview(self) -> bool:
        """Whether their role in the organisation opens more of it than the site."""
        return bool(self.may - {"access_site"})


def place(request: HttpRequest) -> dict:
    """For every template, under one name, worked out when a page draws it."""
    return {"place": SimpleLazyObject(lambda: _place_in(request))}


def _place_in(request: HttpRequest) -> Place:
    found = place_of(getattr(request, "caller", None))
    return replace(found, sees_all=bool(found.organisation and found.others) and not has_chosen(request))


def place_of(caller: Caller | None) -> Place:
    if not caller:
        return Place()
    names = {key: member.organisation for key, member in caller.standing.members.items()}
    here = caller.organisation_id
    if here is not None and here not in names:
        names |= dict(Organisation.objects.filter(pk=here).values_list("id", "name"))
    return Place(
        organisation=(here, names[here]) if here is not None and here in names else None,
        others=tuple((key, name) for key, name in names.items() if key != here),
        may=frozenset(flag for flag in ORGANISATION_FLAGS if here and may_administer(caller.standing, here, flag)),
        may_in_groups=frozenset().union(*(one.flags for one in caller.standing.held if one.organisation_id == here)),
        is_superuser=caller.is_superuser,
        acts_as=caller.name if caller.assumed_by_id else "",
        assumed_by=caller.assumed_by_name,
    )
