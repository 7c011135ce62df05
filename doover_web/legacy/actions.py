"""The verbs of this generation: publish, bind a task, subscribe it. All writing goes through `data.publish`."""

import re
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction

from doover_web.common.wire import BadRequest, Forbidden, NotFound
from doover_web.control.packages import check_zip
from doover_web.data.access import Reach, channel_named, check_write, ref_of
from doover_web.data.models import Channel
from doover_web.data.publish import apply_with, open_channel
from doover_web.data.requests import check_moment
from doover_web.data.writes import ChangeAggregate
from doover_web.identity import audit
from doover_web.identity.auth import Caller
from doover_web.processors.models import Task, TaskSubscription

from .finding import channel_of
from .outputs import PACKAGE, split_file
from .payloads import are_newer_commands, without_cmds
from .translate import published

# Wider than that of the newer API: prefixes, and whatever is seen in use; a slash cannot be addressed.
# Nor may a name begin as a formula does in a spreadsheet.
NAME = re.compile(r"[#!]?[^/\x00-\x1f\x7f#!=+\-@][^/\x00-\x1f\x7f]{0,253}")
MOST_SUBSCRIPTIONS = 500


@dataclass(frozen=True, slots=True)
class Published:
    """What came of a publish: the channel's key, and the id of the entry in its history if there is one."""

    channel_key: str
    message_id: int | None = None


def publish(
    *,
    reach: Reach,
    name: str,
    message: Any = None,
    is_published: bool = False,
    log: bool = False,
    log_whole: bool = False,
    replace_all: bool = False,
    ts: int | None = None,
) -> Published:
    """Merge `message` into the state of the channel, or replace it; keep it, or the whole state afterwards, as one
    entry of the history dated `ts` (ms). Not `is_published`: only bring the channel into being."""
    check_name(name)
    if not is_published:
        return Published(str(open_channel(reach=reach, name=name, any_name=True).key))
    if ts is not None:
        check_moment(ts, "timestamp")
    if name.startswith("#") and isinstance(message, str):
        check_zip(message, "The package")
    message = published(message)
    if are_newer_commands(reach.agent_id, name):
        message = without_cmds(message)
    kept, files = split_file(name, message)
    write = ChangeAggregate(reach, name, kept, log=log or log_whole, log_whole=log_whole, ts=ts, any_name=True)
    _replacing(write, message, has_file=bool(files), is_whole=replace_all or not isinstance(message, dict))
    done = apply_with(write, files)
    channel = channel_named(reach, name)
    assert channel is not None
    return Published(str(channel.key), done.message.id if done.message else None)


def _replacing(write: ChangeAggregate, message: Any, *, has_file: bool, is_whole: bool) -> None:
    """Say what of the state, and of the files on it, `message` takes the place of."""
    is_code = write.name.startswith("#")
    write.replace_all = is_whole
    write.replace = (PACKAGE,) if is_code else ("output",) if has_file else ()
    write.drops_namesake = is_whole or is_code or "output" in message
    write.largest = settings.LEGACY_MAX_BODY_BYTES


def check_name(name: str) -> None:
    if not NAME.fullmatch(name) or name in (".", ".."):
        raise bad_name()


def bad_name() -> BadRequest:
    return BadRequest(
        "A channel name is up to 255 letters without a slash, and does not begin with =, +, - or @",
        code="bad_channel_name",
    )


@transaction.atomic
def bind_task(*, reach: Reach, name: str, processor: str) -> Channel:
    """Make the task if it is missing, and bind it to the processor channel of this key. Nothing is published."""
    if not name.startswith("!"):
        raise BadRequest("Only a task, whose name begins with '!', is bound to a processor", code="not_a_task")
    check_name(name)
    _, found = channel_of(reach.caller, processor)
    if not found.name.startswith("#"):
        raise NotFound("There is no such processor")
    channel = open_channel(reach=reach, name=name, any_name=True)
    check_write(reach, name, is_private=channel.is_private)
    Task.objects.update_or_create(
        agent_id=channel.agent_id,
        channel_id=channel.id,
        defaults={"processor_agent_id": found.agent_id, "processor_channel_id": found.id},
    )
    Channel.objects.filter(agent_id=channel.agent_id, id=channel.id).update(has_hooks=True)
    audit.record(
        "task.bound", actor=reach.caller, organisation_id=reach.organisation_id, task=name, processor=found.name
    )
    return channel


@transaction.atomic
def subscribe(*, caller: Caller, task: str, channel: str, wanted: bool) -> None:
    """Have publishes to `channel` run `task`, or no longer. Doing so twice changes nothing."""
    reach, task_channel = channel_of(caller, task)
    if not task_channel.name.startswith("!"):
        raise BadRequest("This channel is no task: its name does not begin with '!'", code="not_a_task")
    check_write(reach, task_channel.name, is_private=task_channel.is_private)
    there, heard = channel_of(caller, channel)
    if wanted and ref_of(there, heard).hides_secrets:
        raise Forbidden("You may not see all of this channel, so no task of yours hears it", code="no_configure")
    row = {
        "agent_id": heard.agent_id,
        "channel_id": heard.id,
        "task_agent_id": task_channel.agent_id,
        "task_channel_id": task_channel.id,
    }
    if not wanted:
        TaskSubscription.objects.filter(**row).delete()
        return
    mine = TaskSubscription.objects.filter(task_agent_id=task_channel.agent_id, task_channel_id=task_channel.id)
    if mine.count() >= MOST_SUBSCRIPTIONS:
        raise BadRequest(f"A task is subscribed to at most {MOST_SUBSCRIPTIONS} channels", code="too_many")
    TaskSubscription.objects.update_or_create(**row, defaults={"subscriber_id": caller.agent_id})
    Channel.objects.filter(agent_id=heard.agent_id, id=heard.id).update(has_hooks=True)
