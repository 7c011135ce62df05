"""The verbs: each changes a channel through `commit` and tells who listens. Keyword-only; refusals are raised."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from doover_web.common.wire import dump_json
from doover_web.identity import audit
from doover_web.identity.models import Agent

from .access import Reach, channel_named, channel_not_found, channel_to_watch, check_write, ref_of
from .blobs import stored
from .commit import commit
from .events import AggregateRecord, MessageRecord, OneShotSent, announce
from .ids import new_one_shot_id
from .models import Channel
from .writes import Applied, ChangeAggregate, ChangeMessage, OpenChannel, Outcome, PostMessage, RemoveMessage, Write

LEAST_RETENTION = 3600  # seconds


def apply(write: Write) -> Applied:
    """One write: a batch of one, and the news of it after the commit."""
    [outcome] = apply_all([write])
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


def apply_all(writes: Sequence[Write]) -> list[Outcome]:
    """Many writes in one transaction, each with an outcome of its own, and the news of them after the commit."""
    outcomes = commit(writes)
    if events := [event for outcome in outcomes if isinstance(outcome, Applied) for event in outcome.events]:
        transaction.on_commit(lambda: announce(events))
    return outcomes


def apply_with(write: Write, files: Sequence[UploadedFile]) -> Applied:
    """One write with files, which are stored first; when it is refused nothing of them stays."""
    if not files:
        return apply(write)
    with stored(write.reach.agent_id, files) as kept:
        return apply(replace(write, files=kept))


def post_message(
    *,
    reach: Reach,
    name: str,
    data: Any,
    ts: int | None = None,
    message_id: int | None = None,
    ttl: int | None = None,
    files: Sequence[UploadedFile] = (),
) -> MessageRecord:
    """Keep `data` as a new message of the channel, with `files`; `ts` in ms since 1970, `ttl` in seconds."""
    return apply_with(PostMessage(reach, name, data, message_id=message_id, ts=ts, ttl=ttl), files).the_message


def update_message(*, reach: Reach, name: str, message_id: int, data: Any, replace: bool = False) -> MessageRecord:
    """Merge `data` into a message, or put it in its place."""
    return apply(ChangeMessage(reach, name, message_id, data, replace=replace)).the_message


def delete_message(*, reach: Reach, name: str, message_id: int) -> None:
    apply(RemoveMessage(reach, name, message_id))


def update_aggregate(
    *,
    reach: Reach,
    name: str,
    data: dict,
    replace_all: bool = False,
    replace: tuple[str, ...] = (),
    log: bool = False,
) -> AggregateRecord:
    """Merge `data` into the state of the channel, keep it as a message if asked."""
    return apply(ChangeAggregate(reach, name, data, replace_all=replace_all, replace=replace, log=log)).the_aggregate


@transaction.atomic
def open_channel(
    *, reach: Reach, name: str, settings: dict | None = None, update: bool = False, any_name: bool = False
) -> Channel:
    """The channel, made with `settings` if it was missing; `update` changes one that exists as well. `any_name`
    allows the names of the first generation."""
    before = channel_named(reach, name)
    apply(OpenChannel(reach, name, settings=settings or {}, update=update or before is None, any_name=any_name))
    channel = channel_to_watch(reach, name)
    if before is not None and before.message_retention != channel.message_retention:
        _note_retention(reach, channel, before.message_retention)
    return channel


def keep_messages(*, reach: Reach, name: str, seconds: int | None) -> None:
    """Keep the messages of the channel for so long, None for as long as the installation says."""
    open_channel(reach=reach, name=name, settings={"message_retention": seconds}, update=True, any_name=True)


def _note_retention(reach: Reach, channel: Channel, before: int | None) -> None:
    """What is let go does not come back, so the audit log says who wanted that."""
    audit.record(
        "channel.retention_changed",
        actor=reach.caller,
        subject=Agent.objects.get(pk=reach.agent_id),
        organisation_id=reach.organisation_id,
        channel=channel.name,
        before=before,
        after=channel.message_retention,
    )


def set_archived(*, reach: Reach, name: str, moment) -> None:
    """Archive the channel at `moment`, or bring it back with None; doing so twice changes nothing."""
    if channel_named(reach, name) is None:
        raise channel_not_found(name)
    apply(OpenChannel(reach, name, settings={"archived_at": moment}, update=True))


def send_one_shot(*, reach: Reach, name: str, data: Any) -> OneShotSent:
    """Hand `data` to those who watch the channel now; nothing is kept."""
    channel = channel_to_watch(reach, name)
    check_write(reach, name, is_private=channel.is_private)
    event = OneShotSent(ref_of(reach, channel), new_one_shot_id(), reach.caller.agent_id, dump_json(data))
    transaction.on_commit(lambda: announce([event]))
    return event
