"""Who calls with a browser's session: the person signed in, the organisation chosen, and acting as somebody else."""

import contextlib

from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest

from doover_web.common.wire import Forbidden, NotFound, Refused

from . import audit
from .auth import Caller, assuming, caller_of_user, in_organisation
from .models import User

ORGANISATION_COOKIE = "organisation"
ASSUMED = "assumed_user"


def caller_of_request(request: HttpRequest) -> Caller | None:
    """The caller behind a page's request; None when nobody is signed in."""
    if not request.user.is_authenticated:
        return None
    return caller_of_session(request.user, request.session, request.COOKIES.get(ORGANISATION_COOKIE))


def has_chosen(request: HttpRequest) -> bool:
    """Whether the person chose the organisation they are in; until then lists hold what all of theirs own."""
    return request.COOKIES.get(ORGANISATION_COOKIE) == str(request.caller.organisation_id)


def caller_of_session(user: User, session: SessionBase, organisation: str | None = None) -> Caller:
    """The caller behind a session. What it remembers and is no longer allowed counts for nothing."""
    caller = caller_of_user(user)
    with contextlib.suppress(Refused):
        caller = assuming(caller, session.get(ASSUMED))
    with contextlib.suppress(Refused):
        caller = in_organisation(caller, organisation)
    return caller


def start_assuming(*, session: SessionBase, user: User, by: Caller) -> None:
    """Let a superuser act as `user` until they stop or sign out. Recorded."""
    if by.assumed_by_id is not None:
        raise Forbidden("You act as somebody else already; stop that first", code="assumed_already")
    if not by.is_superuser:
        raise Forbidden("Only a superuser may act as somebody else", code="not_superuser")
    if not user.is_active:
        raise NotFound("There is no such user to act as")
    if user.is_superuser:
        raise Forbidden("A superuser cannot be acted for", code="superuser")
    session[ASSUMED] = str(user.id)
    audit.record("user.assumed", actor=by, subject=user, source="sign-in")


def stop_assuming(*, session: SessionBase, by: Caller) -> None:
    """Be oneself again. Recorded."""
    session.pop(ASSUMED, None)
    if by.assumed_by_id is not None:
        user = User.objects.select_related("agent").get(pk=by.agent_id)
        audit.record("user.assumption_ended", actor=by, subject=user, source="sign-in")
