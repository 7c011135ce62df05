"""Accounts, across organisations (`control-api §3.2`)."""

from django.db.models import Prefetch, Q
from django.http import HttpRequest
from ninja import Router

from doover_web.common.wire import Forbidden
from doover_web.identity.actions.account import keep_custom_data
from doover_web.identity.changes import rights_changed
from doover_web.identity.models import Membership, User
from doover_web.identity.permissions import may_administer

from ._generated import User as UserOut
from ._generated import UserIn
from .resource import Resource, add_operation
from .scope import organisation_of
from .shapes import milliseconds, names_of, organisation_role

router = Router(tags=["users"])


class Me(UserOut):
    name: str


def rows(request: HttpRequest):
    """The caller, and the members of organisations whose people it may see; superusers see everybody."""
    caller, one = request.auth, organisation_of(request)
    held = Membership.objects.filter(organisation_id=one or caller.organisation_id)
    held = held.select_related("role__organisation", "role__default_root_group_role")
    people = User.objects.select_related("agent").prefetch_related(Prefetch("memberships", held, to_attr="held"))
    if caller.is_superuser and one is None:
        return people
    seen = [number for number in ([one] if one else caller.organisations) if _sees_people(caller, number)]
    return people.filter(
        Q(pk=caller.agent_id) | Q(pk__in=Membership.objects.filter(organisation__in=seen).values("user"))
    )


def shape(request: HttpRequest, user: User) -> dict:
    first, last = names_of(user)
    role = user.held[0].role if user.held else None
    return {
        "id": str(user.id),
        "fusionauth_id": user.agent.key,
        "username": user.email,
        "email": user.email,
        "first_name": first,
        "last_name": last,
        "is_superuser": user.is_superuser,
        "organisation_info": {"role": organisation_role(role) if role else None},
        "custom_data": user.custom_data,
        "last_synced": None,
        "last_login": milliseconds(user.last_login),
    }


def change(request: HttpRequest, user: User, given: dict) -> User:
    _check_own(request, user)
    if "custom_data" in given:
        keep_custom_data(user=user, data=given["custom_data"], by=request.auth)
    return user


def sync(request: HttpRequest, user: User) -> User:
    """Have the person's rights looked at again everywhere; there is no other provider to read them from."""
    _check_own(request, user)
    rights_changed(user.id)
    return user


def me(request: HttpRequest) -> dict:
    """The account of the caller."""
    user = users.find(request, id=request.auth.agent_id)
    return {**shape(request, user), "name": user.agent.title}


add_operation(router, "GET", "/users/me/", "users_me_retrieve", me, Me)
users = Resource(
    router=router,
    path="/users/",
    name="users",
    rows=rows,
    shape=shape,
    out=UserOut,
    body=UserIn,
    search=["email", "agent__display_name"],
    order={"id": "pk", "email": "email", "username": "email", "name": "agent__display_name",
           "display_name": "agent__display_name", "first_name": "agent__display_name", "last_login": "last_login"},
    change=change,
)  # fmt: skip
users.action("sync", sync)


def _sees_people(caller, organisation_id: int) -> bool:
    return may_administer(caller.standing, organisation_id, "users_view")


def _check_own(request: HttpRequest, user: User) -> None:
    if user.id != request.auth.agent_id and not request.auth.is_superuser:
        raise Forbidden("An account is changed by its owner", code="not_own_account")
