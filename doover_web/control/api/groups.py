"""The tree of groups that devices and people hang on (`control-api §3.4`)."""

from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Router

from doover_web.identity.actions.group import (
    archive_group,
    create_group,
    delete_group,
    move_group,
    rename_group,
    unarchive_group,
)
from doover_web.identity.flags import GROUP_FLAGS
from doover_web.identity.guard import effective_flags
from doover_web.identity.models import Group
from doover_web.identity.permissions import Rights, rights_over
from doover_web.identity.standing import groups_with, visible_groups

from ._generated import Group as GroupOut
from ._generated import GroupIn, GroupRow
from .bodies import wrong_field
from .filters import archived, boolean, link, text
from .resource import Resource
from .scope import linked, reached
from .shapes import name_ref

router = Router(tags=["groups"])


def rows(request: HttpRequest) -> QuerySet[Group]:
    """The groups of the organisations that the call is about, and those lent to them, that the caller may see."""
    seen = Group.objects.filter(visible_groups(request.auth.standing)).filter(reached(request))
    return seen.select_related("organisation", "parent")


def row_shape(request: HttpRequest, group: Group) -> dict:
    parent = group.parent
    if parent is not None and not rights_over(request.auth, parent) & Rights.GROUP_VIEW:
        parent = None
    return {
        **name_ref(group),
        "organisation": name_ref(group.organisation),
        "archived": group.archived_at is not None,
        "parent": name_ref(parent) if parent else None,
    }


def shape(request: HttpRequest, group: Group) -> dict:
    flags = effective_flags(request.auth, group)
    return {
        **row_shape(request, group),
        "children": [name_ref(one) for one in group.children.order_by("name", "id")],
        "my_permissions": {flag: flag in flags for flag in GROUP_FLAGS} if flags else None,
    }


def create(request: HttpRequest, given: dict) -> Group:
    parent = linked(rows(request), given["parent_id"], "parent_id")
    return create_group(parent=parent, name=given["name"], by=request.auth)


def change(request: HttpRequest, group: Group, given: dict) -> Group:
    if "name" in given and given["name"] != group.name:
        rename_group(group=group, name=given["name"], by=request.auth)
    if "parent_id" in given and given["parent_id"] != group.parent_id:
        move_group(group=group, parent=linked(rows(request), given["parent_id"], "parent_id"), by=request.auth)
    return group


def archive(request: HttpRequest, group: Group) -> Group:
    return archive_group(group=group, by=request.auth)


def unarchive(request: HttpRequest, group: Group) -> Group:
    return unarchive_group(group=group, by=request.auth)


def delete(request: HttpRequest, group: Group) -> None:
    delete_group(group=group, by=request.auth)


def _roots(rows: QuerySet, value: str, request: HttpRequest) -> QuerySet:
    return rows.filter(parent__isnull=boolean("root_group", value))


def _with_permission(rows: QuerySet, value: str, request: HttpRequest) -> QuerySet:
    """Those where the caller acts with a flag."""
    if value not in GROUP_FLAGS:
        raise wrong_field("permission", "This is no permission of groups")
    return rows.filter(groups_with(request.auth.standing, value))


groups = Resource(
    router=router,
    path="/groups/",
    name="groups",
    rows=rows,
    shape=shape,
    out=GroupOut,
    row_shape=row_shape,
    row_out=GroupRow,
    body=GroupIn,
    search=["name"],
    order={"id": "pk", "name": "name", "display_name": "name"},
    filters={
        **text("name"), **archived(), **link("organisation"), "root_group": _roots, "permission": _with_permission,
    },
    create=create,
    change=change,
    delete=delete,
    archive=archive,
    unarchive=unarchive,
)  # fmt: skip
