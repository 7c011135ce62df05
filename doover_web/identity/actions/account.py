"""What people change about their own account."""

from importlib import import_module

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction

from doover_web.common.wire import BadRequest

from .. import audit
from ..auth import Caller
from ..changes import rights_changed
from ..models import User
from ..models.user import check_zone

LONGEST_NAME = 255


@transaction.atomic
def edit_account(*, user: User, name: str, zone: str, by: Caller | None) -> User:
    """Change the name others see and the zone that times are shown in; an empty zone is the browser's."""
    name = name.replace("\x00", "").strip()
    if len(name) > LONGEST_NAME:
        raise BadRequest(f"A name has {LONGEST_NAME} characters at most", code="long_name")
    try:
        if zone:
            check_zone(zone)
    except ValidationError as problem:
        raise BadRequest(" ".join(problem.messages), code="bad_zone") from problem
    before = {"name": user.agent.display_name, "zone": user.zone}
    user.agent.display_name, user.zone = name, zone
    user.agent.save(update_fields=["display_name"])
    user.save(update_fields=["zone"])
    audit.record("user.edited", actor=by, subject=user, before=before, after={"name": name, "zone": zone})
    return user


@transaction.atomic
def end_sessions(*, sessions: list[UserSession], by: Caller | None) -> None:
    """Sign browsers out; their open sockets close."""
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    for one in sessions:
        store.delete(one.session_key)
        audit.record("user.session_ended", actor=by, subject=one.user, source="sign-in", ended_address=one.ip)
        one.delete()
    rights_changed(*{one.user.agent_id for one in sessions})
