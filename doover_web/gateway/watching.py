"""What a socket asks the database: may this caller watch, what is the state, does it all still hold."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.conf import settings
from django.db import connection

from doover_web.common.wire import Forbidden, NotFound, check_document
from doover_web.data.access import Reach, channel_not_found, channel_to_watch, reach_agent, ref_of, sees_secrets
from doover_web.data.attached import read_attached
from doover_web.data.events import AggregateRecord, ChannelRef
from doover_web.data.history import read_aggregate
from doover_web.data.models import Channel
from doover_web.data.publish import open_channel, send_one_shot
from doover_web.identity.auth import Caller, in_organisation
from doover_web.identity.models import Agent
from doover_web.identity.permissions import Rights, rights_over

from .credentials import Credential, caller_of
from .subscriptions import Sees

Key = tuple[int, str]  # agent id, channel name
STATES = """
SELECT c.agent_id, c.id, c.is_private, coalesce(a.data::text, '{}'), coalesce(a.revision, 0), a.last_updated,
       a.attachments::text
FROM unnest(%s::bigint[], %s::bigint[]) AS w(agent_id, id)
JOIN data_channel c USING (agent_id, id)
LEFT JOIN data_aggregate a ON a.agent_id = c.agent_id AND a.channel_id = c.id
"""
REVISIONS = """
SELECT a.agent_id, a.channel_id, a.revision
FROM unnest(%s::bigint[], %s::bigint[]) AS w(agent_id, channel_id)
JOIN data_aggregate a USING (agent_id, channel_id)
"""


@dataclass(frozen=True, slots=True)
class Sight:
    """A channel as a watcher first sees it."""

    ref: ChannelRef
    state: AggregateRecord
    sees: Sees


def look(caller: Caller, organisation_id: str | None, key: Key, *, create: bool) -> Sight:
    """The channel and its state now. A missing one is made if the caller may (`data-api §15.4`); Refused otherwise."""
    agent_id, name = key
    reach = reach_agent(in_organisation(caller, organisation_id), agent_id)
    try:
        channel = channel_to_watch(reach, name)
    except NotFound:
        if not create or Channel.objects.filter(agent_id=agent_id, name=name).exists():
            raise
        channel = _opened(reach, name)
    ref = ref_of(reach, channel)
    return Sight(ref, read_aggregate_or_new(ref), sees_of(reach.caller, reach.agent_id, reach.rights))


def sees_of(caller: Caller, agent_id: int, rights: Rights) -> Sees:
    alarms = bool(rights & Rights.ALARMS_VIEW)
    return Sees(bool(rights & Rights.PRIVATE), sees_secrets(caller, agent_id, rights), alarms)


def read_aggregate_or_new(ref: ChannelRef) -> AggregateRecord:
    """The state of a channel; `{}` when nothing was ever written to it."""
    try:
        return read_aggregate(ref)
    except NotFound:
        return AggregateRecord(ref, b"{}", 0, None)


def states_of(refs: Sequence[ChannelRef]) -> list[AggregateRecord]:
    """The states of many channels now, and whether they are private by now."""
    known = {(ref.agent_id, ref.channel_id): ref for ref in refs}
    with connection.cursor() as cursor:
        cursor.execute(STATES, [[ref.agent_id for ref in refs], [ref.channel_id for ref in refs]])
        return [
            AggregateRecord(
                replace(known[agent_id, channel_id], is_private=private, hides_secrets=False),
                data.encode(),
                revision,
                updated,
                read_attached(files),
            )
            for agent_id, channel_id, private, data, revision, updated, files in cursor.fetchall()
        ]


def revisions_of(refs: Sequence[ChannelRef]) -> dict[Key, int]:
    """The revision that each channel's state has now."""
    names = {(ref.agent_id, ref.channel_id): (ref.agent_id, ref.name) for ref in refs}
    with connection.cursor() as cursor:
        cursor.execute(REVISIONS, [[ref.agent_id for ref in refs], [ref.channel_id for ref in refs]])
        return {names[agent_id, channel_id]: revision for agent_id, channel_id, revision in cursor.fetchall()}


def still_watchable(credential: Credential, keys: Iterable[Key]) -> tuple[Caller, dict[Key, Sees]]:
    """Who the credential is now, and which of the channels it may watch: key → what it sees there.

    Raises Unauthorized when the credential opens nothing any more.
    """
    caller = caller_of(credential)
    keys = list(keys)
    agents = Agent.objects.filter(pk__in={agent_id for agent_id, _ in keys}).select_related("group")
    rights = {agent.id: rights_over(caller, agent) for agent in agents}
    named = Channel.objects.filter(agent_id__in=rights, name__in={name for _, name in keys})
    private = {
        (agent_id, name): hidden for agent_id, name, hidden in named.values_list("agent_id", "name", "is_private")
    }
    seen = {}
    for key in keys:
        right = rights.get(key[0], Rights.NONE)
        sees = sees_of(caller, key[0], right)
        if right & Rights.VIEW and key in private and (sees.private or not private[key]):
            seen[key] = sees
    return caller, seen


def shout(caller: Caller, organisation_id: str | None, key: Key, data: Any) -> None:
    """Hand a one-shot message to everyone who watches the channel. Raises Refused."""
    check_document(data, max_depth=settings.MAX_JSON_DEPTH)
    send_one_shot(reach=reach_agent(in_organisation(caller, organisation_id), key[0]), name=key[1], data=data)


def _opened(reach: Reach, name: str) -> Channel:
    try:
        return open_channel(reach=reach, name=name)
    except Forbidden as refusal:
        raise channel_not_found(name) from refusal
