"""What people change about their own account."""

from importlib import import_module
from typing import Any

import orjson
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction

from doover_web.common.wire import BadRequest, Forbidden, TooLarge

from .. import audit
from ..auth import Caller
from ..changes import rights_changed
from ..guard import check_own, keeping_an_administrator
from ..models import User
from ..models.user import check_zone
from .token import revoke_all

LONGEST_NAME = 255
MOST_CUSTOM_DATA = 256 * 1024  # bytes


@transaction.atomic
def edit_account(*, user: User, name: str, zone: str, language: str = "", by: Caller | None) -> User:
    """Change the name others see, the zone that times are shown in and the language of the pages; an empty zone or
    language is the browser's."""
    check_own(by, user)
    name = name.replace("\x00", "").strip()
    if len(name) > LONGEST_NAME:
        raise BadRequest(f"A name has {LONGEST_NAME} characters at most", code="long_name")
    try:
        if zone:
            check_zone(zone)
    except ValidationError as problem:
        raise BadRequest(" ".join(problem.messages), code="bad_zone") from problem
    if language and language not in dict(settings.LANGUAGES):
        raise BadRequest("Pages do not speak this language", code="bad_language")
    before = {"name": user.agent.display_name, "zone": user.zone, "language": user.language}
    user.agent.display_name, user.zone, user.language = name, zone, language
    user.agent.save(update_fields=["display_name"])
    user.save(update_fields=["zone", "language"])
    after = {"name": name, "zone": zone, "language": language}
    audit.record("user.edited", actor=by, subject=user, before=before, after=after)
    return user


@transaction.atomic
def keep_custom_data(*, user: User, data: Any, by: Caller | None) -> User:
    """Keep free JSON for the front ends that a person uses; for the person and superusers."""
    check_own(by, user)
    if len(orjson.dumps(data)) > MOST_CUSTOM_DATA:
        raise TooLarge(f"custom_data may have {MOST_CUSTOM_DATA} bytes of JSON")
    user.custom_data = data
    user.save(update_fields=["custom_data"])
    audit.record("user.edited", actor=by, subject=user, changed=["custom_data"])
    return user


@transaction.atomic
def end_sessions(*, sessions: list[UserSession], by: Caller | None) -> None:
    """Sign browsers out; their open sockets close."""
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    for one in sessions:
        check_own(by, one.user)
        store.delete(one.session_key)
        audit.record("user.session_ended", actor=by, subject=one.user, source="sign-in", ended_address=one.ip)
        one.delete()
    rights_changed(*{one.user.agent_id for one in sessions})


@transaction.atomic
def close_account(*, user: User, by: Caller | None) -> bool:
    """Let somebody in no more: every session and token of theirs ends, memberships and history stay. False when that
    was done before. Conflict for the last administrator of an organisation."""
    _check_superuser(by)
    with keeping_an_administrator(*user.memberships.values_list("organisation_id", flat=True)):
        if not User.objects.filter(pk=user.pk, is_active=True).update(is_active=False):
            return False
    revoke_all(agent=user.agent, by=by)
    end_sessions(sessions=list(UserSession.objects.filter(user=user).select_related("user__agent")), by=by)
    audit.record("user.closed", actor=by, subject=user)
    return True


@transaction.atomic
def reopen_account(*, user: User, by: Caller | None) -> bool:
    """Let somebody in again, with a password they know or a mail to choose one. False when the account is open."""
    _check_superuser(by)
    if not User.objects.filter(pk=user.pk, is_active=False).update(is_active=True):
        return False
    audit.record("user.reopened", actor=by, subject=user)
    return True


def _check_superuser(by: Caller | None) -> None:
    if by is not None and not by.is_superuser:
        raise Forbidden("Accounts are closed and opened by superusers", code="not_superuser")
