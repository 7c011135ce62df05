"""Commands on their way to a device (`ui-schema §11, §23.3`): sent, withdrawn, tried again."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import orjson
from django.db import connection, transaction
from django.utils.translation import gettext as _

from doover_web.common.presence import mapping
from doover_web.common.wire import Conflict, NotFound
from doover_web.data.access import Reach, channel_named, channel_to_watch, check_write, ref_of
from doover_web.data.history import find_message, list_of_type
from doover_web.data.publish import apply, post_message, update_aggregate
from doover_web.data.writes import ChangeMessage
from doover_web.identity.auth import Caller
from doover_web.identity.models import User
from doover_web.identity.permissions import Rights

from .commands import Command, read_command
from .controls import Control
from .states import state_of

CHANNEL = "ui_cmds"
LOOKED_AT = 200
OVER = ("success", "error")
TRIES = 5  # to withdraw a command while its device speaks


def commands_at(reach: Reach) -> list[Command]:
    """The newest commands that the caller may see; what devices log beside them takes no place from them."""
    channel = channel_named(reach, CHANNEL)
    if (
        channel is None
        or not reach.rights & (Rights.HISTORY | Rights.CONTROL)
        or (channel.is_private and not reach.rights & Rights.PRIVATE)
    ):
        return []
    messages = list_of_type(channel, ref_of(reach, channel), "rpc", LOOKED_AT)
    found = (read_command(one.id, one.author_id, orjson.loads(one.data), one.edited_at) for one in messages)
    return [one for one in found if one is not None and _may_see(reach, one)]


def _may_see(reach: Reach, command: Command) -> bool:
    """Who may read the history sees every command. Who may control alone sees what has become of their own, and what
    others wait for."""
    if reach.rights & Rights.HISTORY:
        return True
    is_own = command.author_id == reach.caller.agent_id
    return bool(reach.rights & Rights.CONTROL) and (is_own or command.code not in OVER)


@contextmanager
def alone(reach: Reach, control: Control) -> Iterator[None]:
    """Nobody else gives this control a command meanwhile: of two at the same moment the later one finds the first."""
    with transaction.atomic(), connection.cursor() as cursor:
        name = f"command/{reach.agent_id}/{control.app}/{control.name}"
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])
        yield


def send(*, reach: Reach, control: Control, value: Any, reason: str = "", retry_of: int | None = None) -> None:
    """Give a command, in the way that the control is declared for. Forbidden without the right to control."""
    if control.is_old:
        _write_old(reach, control, value)
    elif control.is_direct:
        _write_directly(reach, control, value)
    else:
        data = command_of(control, value, actor_of(reach.caller), reason=reason, retry_of=retry_of)
        post_message(reach=reach, name=CHANNEL, data=data)


def command_of(control: Control, value: Any, actor: dict, *, reason: str = "", retry_of: int | None = None) -> dict:
    """The message of a command (`ui-schema §11.1`)."""
    timing = control.timing
    expires = timing.again if retry_of is not None and timing.again is not None else timing.first
    optional = {
        "app_key": None if control.is_global else control.app or None,
        "reason": reason or None,
        "old_value": control.value,
        "expires_after": _whole(expires),
        "retry_of": None if retry_of is None else str(retry_of),
        "element": control.way if control.is_twin else None,
    }
    kept = {key: one for key, one in optional.items() if one is not None}
    command = {"type": "rpc", "method": control.name, "request": value, "actor": actor}
    return {**command, **kept, "status": {"code": "sent"}, "response": {}}


def cancel(*, reach: Reach, message_id: int, now: int) -> None:
    """Withdraw a command. Conflict when the device answered already; no answer is lost, however close it comes."""
    check_write(reach, CHANNEL, is_private=False)
    for _again in range(TRIES):
        command, revision = _command_and_revision(reach, message_id)
        if command.code in OVER:
            break
        said = cancellation(reach.caller, now)
        try:
            apply(ChangeMessage(reach, CHANNEL, message_id, said, if_revision=revision))
        except Conflict:
            continue  # the device told how far it is meanwhile
        return
    raise Conflict(_("This command is over already"))


def command_at(reach: Reach, message_id: int) -> Command:
    """One command. NotFound when the message is none, or missing."""
    return _command_and_revision(reach, message_id)[0]


def _command_and_revision(reach: Reach, message_id: int) -> tuple[Command, int]:
    channel = channel_to_watch(reach, CHANNEL)
    message = find_message(channel, ref_of(reach, channel), message_id)
    found = read_command(message.id, message.author_id, orjson.loads(message.data), message.edited_at)
    if found is None or not _may_see(reach, found):
        raise NotFound(_("This message is no command"))
    return found, message.revision


def cancellation(caller: Caller, now: int) -> dict:
    """The change of a message that receivers take for its withdrawal."""
    said = {"info": "Command cancelled", "cancelled_at": now, "cancelled_by": actor_of(caller)}
    return {"status": {"code": "error", "message": said}}


def actor_of(caller: Caller) -> dict:
    """Who did it, for the record that receivers keep."""
    email = User.objects.filter(pk=caller.agent_id).values_list("email", flat=True).first()
    return {"id": str(caller.agent_id), "name": caller.name, **({"email": email} if email else {})}


@transaction.atomic
def _write_directly(reach: Reach, control: Control, value: Any) -> None:
    """The state itself, and the line in the log that a device would have written."""
    at = {control.name: value}
    update_aggregate(reach=reach, name=CHANNEL, data=at if control.is_global else {control.app: at})
    line = {"type": "log", "app_key": control.app, "key": control.name, "value": value}
    post_message(reach=reach, name=CHANNEL, data=line)


def _write_old(reach: Reach, control: Control, value: Any) -> None:
    """As the first generation has it: flat, or a level down where the state has that form already; presses are true."""
    if control.kind in ("button", "interaction"):
        value = True
    patch: dict[str, Any] = {control.name: value}
    if isinstance(mapping(state_of(reach.agent_id, CHANNEL)).get("cmds"), Mapping):
        patch = {"cmds": patch}
    update_aggregate(reach=reach, name=CHANNEL, data=patch, log=True)


def _whole(value: float | None) -> float | None:
    return int(value) if value is not None and value == int(value) else value
