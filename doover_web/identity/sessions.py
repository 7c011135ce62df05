"""Who calls with a browser's session: the person signed in, the organisation chosen, and acting as somebody else."""

import contextlib
import time

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import logout
from django.contrib.sessions.backends.base import SessionBase
from django.core.cache import cache
from django.http import HttpRequest
from django.utils import timezone
from redis.exceptions import RedisError

from doover_web.common.secrets import hash_secret
from doover_web.common.wire import Forbidden, NotFound, Refused

from . import audit
from .auth import Caller, assuming, caller_of_user, in_organisation
from .context import origin
from .models import User

USED_EVERY = 60  # seconds
ASSUMED_EVERY = 3600
LONGEST_AGENT = 200
ORGANISATION_COOKIE = "organisation"
ASSUMED = "assumed_user"
SEEN = "seen"  # when a request came last, to the minute


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


def is_idle(session: SessionBase) -> bool:
    """Whether a browser said nothing for so long that it has to sign in again (`DOOVER_SESSION_IDLE_SECONDS`)."""
    if not settings.SESSION_IDLE_SECONDS or session.get(SEEN) is None:
        return False
    return time.time() - session[SEEN] > settings.SESSION_IDLE_SECONDS


def end_idle(request: HttpRequest) -> None:
    """Sign a browser out that was idle for too long; note, at most once a minute, that this one is not. What an open
    page reads by itself is no sign of anybody."""
    if not settings.SESSION_IDLE_SECONDS or settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return
    if not request.user.is_authenticated:
        return
    if is_idle(request.session):
        logout(request)
    elif time.time() - request.session.get(SEEN, 0) > USED_EVERY and not _reads_by_itself(request):
        request.session[SEEN] = int(time.time())


def _reads_by_itself(request: HttpRequest) -> bool:
    return request.method == "GET" and request.headers.get("Sec-Fetch-Dest") == "empty"


def note_use(request: HttpRequest) -> None:
    """Keep when and from where a browser's session was last used, at most once a minute."""
    if not hasattr(request, "_cached_user") or not request.user.is_authenticated:
        return  # nobody asked who it is, so the session was not what let anybody in
    key = request.session.session_key or ""
    with contextlib.suppress(RedisError):
        if key and cache.add(f"session-used:{hash_secret(key)}", 1, USED_EVERY):
            here = origin.get()
            where = {"ip": here.address} if here.address else {}
            found = UserSession.objects.filter(session_key=key, user_id=request.user.pk)
            found.update(last_seen_at=timezone.now(), user_agent=here.user_agent[:LONGEST_AGENT], **where)


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


def note_assuming(caller: Caller) -> None:
    """Record that a superuser acts as somebody over HTTP. Every request says so anew: one entry an hour and address."""
    here = origin.get().address
    with contextlib.suppress(RedisError):
        if not cache.add(f"assuming:{caller.assumed_by_id}:{caller.agent_id}:{here}", 1, ASSUMED_EVERY):
            return
    user = User.objects.get(pk=caller.agent_id)
    audit.record("user.assumed", actor=caller, subject=user, source="sign-in", way="X-Doover-Assume")


def stop_assuming(*, session: SessionBase, by: Caller) -> None:
    """Be oneself again. Recorded."""
    session.pop(ASSUMED, None)
    if by.assumed_by_id is not None:
        user = User.objects.select_related("agent").get(pk=by.agent_id)
        audit.record("user.assumption_ended", actor=by, subject=user, source="sign-in")
