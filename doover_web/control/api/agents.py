"""The whole fleet in one call: what every client draws its tree from (`control-api §3.1`)."""

from django.db.models import F, Q
from django.http import HttpRequest
from ninja import Router

from doover_web.common.presence import verdict
from doover_web.common.snowflake import now_ms
from doover_web.common.wire import flag
from doover_web.data.across import states_of
from doover_web.identity.models import Agent, Group, Organisation, User
from doover_web.identity.permissions import may_administer
from doover_web.identity.standing import visible_groups

from ..models import SharedDevice, SharedGroup
from . import users
from ._generated import Agents
from ._generated import Organisation as OrganisationOut
from ._generated import User as UserOut
from .members import member, seen_members
from .organisation_shapes import in_full, organisation
from .resource import add_operation, query_of
from .scope import organisation_of, owned, reached
from .shapes import user_ref

router = Router(tags=["agents"])
KINDS = (Agent.Kind.DEVICE, Agent.Kind.DASHBOARD)


class Fleet(Agents):
    """With what `include-organisations` and `include-users` ask for; empty otherwise."""

    organisations: list[OrganisationOut]
    users: list[UserOut]


def agents(request: HttpRequest) -> dict:
    """The groups that the caller sees as trees, the devices and dashboards in them, and who else sees this fleet."""
    groups, shared = _groups(request), _foreign(request)
    devices_hung, groups_hung = _hung(request)
    sees_people = _sees_people(request)
    found = _agents(request, {group["id"] for group in groups}, devices_hung)
    people = seen_members(request).filter(organisation__in=sees_people).order_by("id") if sees_people else []
    superusers = User.objects.filter(is_superuser=True, is_active=True) if sees_people else User.objects.none()
    wants = {name: flag(request.GET, f"include-{name}") for name in ("organisations", "users")}
    return {
        "groups": _trees(groups, shared, groups_hung),
        "agents": found,
        "organisation_users": [member(request, one) for one in people],
        "superusers": [user_ref(one) for one in superusers.select_related("agent").order_by("id")],
        "sharing": "internal" if any(one["organisation_id"] in shared for one in groups) else "none",
        "organisations": _organisations(request) if wants["organisations"] else [],
        "users": [users.shape(request, one) for one in users.rows(request)] if wants["users"] else [],
    }


def _groups(request: HttpRequest) -> list[dict]:
    rows = Group.objects.filter(visible_groups(request.auth.standing)).filter(reached(request))
    if not flag(request.GET, "include-archived"):
        rows = rows.in_use()
    return list(rows.order_by("name", "id").values("id", "name", "parent_id", "organisation_id", "archived_at"))


def _hung(request: HttpRequest) -> tuple[dict[int, int], dict[int, int]]:
    """In which of their own groups the organisations show devices and groups that are lent to them."""
    devices, groups = (
        dict(rows.filter(owned(request, "profile__organisation_id")).values_list(what, "group_id"))
        for rows, what in ((SharedDevice.objects, "device_id"), (SharedGroup.objects, "shared_group_id"))
    )
    return devices, groups


def _trees(groups: list[dict], shared: set[int], hung: dict[int, int]) -> list[dict]:
    """The groups as trees; one whose parent is not seen is a root, unless it is lent and hangs in another group."""
    nodes = {
        one["id"]: {
            "id": str(one["id"]),
            "name": one["name"],
            "organisation": str(one["organisation_id"]),
            "archived": one["archived_at"] is not None,
            "shared": one["organisation_id"] in shared,
            "children": [],
        }
        for one in groups
    }
    roots: list[dict] = []
    for one in groups:
        above = nodes.get(one["parent_id"])
        if above is None and one["organisation_id"] in shared:
            above = nodes.get(hung.get(one["id"], 0))
        (above["children"] if above else roots).append(nodes[one["id"]])
    return roots


def _agents(request: HttpRequest, groups: set[int], hung: dict[int, int]) -> list[dict]:
    """The devices and dashboards; one that is lent alone hangs where it was hung, or in no group that is seen."""
    rows = Agent.objects.visible_to(request.auth).filter(reached(request), kind__in=KINDS)
    if not flag(request.GET, "include-archived"):
        rows = rows.in_use().filter(Q(group__in=Group.objects.in_use()))
    states, now = states_of(rows, "doover_connection"), now_ms()
    fields = rows.order_by("name", "id").values(
        "id", "organisation_id", "group_id", "name", "display_name", "kind", "archived_at",
        icon=F("as_device__fa_icon"), usual=F("as_device__type__default_icon"),
        latitude=F("as_device__latitude"), longitude=F("as_device__longitude"),
    )  # fmt: skip
    return [
        _agent(one, states.get(one["id"]), now, _seen_group(groups, one["group_id"], hung.get(one["id"])))
        for one in fields
    ]


def _seen_group(seen: set[int], *groups: int | None) -> str:
    """The first of these groups that is seen."""
    return next((str(one) for one in groups if one in seen), "")


def _agent(one: dict, connection: dict | None, now: int, group: str) -> dict:
    placed = one["latitude"] is not None
    gone = verdict(connection, now).state in ("offline", "unknown")
    return {
        "id": str(one["id"]),
        "organisation": str(one["organisation_id"]),
        "group": group,
        "name": one["name"],
        "display_name": one["display_name"],
        "fa_icon": one["icon"] or one["usual"],
        "fixed_location": {"latitude": one["latitude"], "longitude": one["longitude"]} if placed else None,
        "archived": one["archived_at"] is not None,
        "connection_determination": "Offline" if gone else "Online",
        "type": one["kind"],
    }


def _foreign(request: HttpRequest) -> set[int]:
    """The organisations that lend something to the caller's."""
    if request.auth.is_superuser:
        return set()
    lent = Group.objects.filter(pk__in=[one.group_id for one in request.auth.standing.loans if one.group_id])
    return set(lent.values_list("organisation_id", flat=True)) - set(request.auth.organisations)


def _sees_people(request: HttpRequest) -> list[int]:
    """The organisations that the call is about where the caller may see the people."""
    caller, one = request.auth, organisation_of(request)
    if caller.is_superuser:
        return list(Organisation.objects.filter(owned(request, "pk")).values_list("pk", flat=True))
    there = [one] if one is not None else caller.organisations
    return [number for number in there if may_administer(caller.standing, number, "users_view")]


def _organisations(request: HttpRequest) -> list[dict]:
    return [organisation(one) for one in in_full(Organisation.objects.filter(owned(request, "pk"))).order_by("id")]


add_operation(
    router, "GET", "/agents/", "agents_retrieve", agents, Fleet,
    extra={"parameters": [query_of(f"include-{name}", "boolean") for name in ("archived", "organisations", "users")]},
)  # fmt: skip
