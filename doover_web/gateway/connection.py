"""The online badge: `doover_connection` of agents, kept true while their own links open and end, and of devices that
speak by requests alone (`data-api §16.2`).

What is said is decided by the pure rule in `common/presence`; this reads, asks it and writes, many agents at a time. A
state that somebody else changed meanwhile is read again, so that a link that opens beats a sweep that began before.
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from django.db import connection, transaction
from django.db.models import Max, Q

from doover_web.common.presence import after_link, by_word, limit_s, mapping, while_open
from doover_web.common.snowflake import now_ms
from doover_web.common.wire import Conflict
from doover_web.data.access import Reach
from doover_web.data.commit import commit
from doover_web.data.events import AggregateUpdated, Event, announce
from doover_web.data.writes import Applied, ChangeAggregate
from doover_web.identity.auth import Caller
from doover_web.identity.models import Agent
from doover_web.identity.permissions import EVERYTHING
from doover_web.identity.standing import Standing

from .models import Connection
from .pulse import Pulse
from .threads import later

log = logging.getLogger(__name__)
CHANNEL = "doover_connection"
REFRESH_SECONDS: float = 30
SOONEST_SECONDS = 2
GRACE_SECONDS: float = 10
TRIES = 3
TOGETHER = 200
STATES = """
SELECT g.id, g.kind, g.display_name, g.organisation_id, coalesce(a.data::text, '{}'), coalesce(a.revision, 0),
       a.last_updated
FROM identity_agent g
LEFT JOIN data_channel c ON c.agent_id = g.id AND c.name = %s
LEFT JOIN data_aggregate a ON a.agent_id = c.agent_id AND a.channel_id = c.id
WHERE g.id = ANY(%s)
"""
# Agents that are not said to be offline and have no link of their own; the index is made for this.
UNDECIDED = """
SELECT c.agent_id FROM data_channel c JOIN data_aggregate a ON a.agent_id = c.agent_id AND a.channel_id = c.id
WHERE c.name = 'doover_connection' AND c.agent_id > %s AND a.data->>'determination' IS DISTINCT FROM 'Offline'
  AND NOT EXISTS (SELECT FROM gateway_connection o
                  WHERE o.agent_id = c.agent_id AND o.closed_at IS NULL AND o.is_default)
ORDER BY c.agent_id LIMIT %s
"""


@dataclass(slots=True, eq=False)
class Link:
    """An open default session: whose, from where, and its pulse."""

    agent_id: int
    session_id: int
    address: str
    user_agent: str
    pulse: Pulse
    told_beats: bool = True

    def is_news(self, now: int) -> bool:
        """Whether its pongs stopped, or came back, since the badge was written."""
        return self.pulse.beats(now) != self.told_beats

    def seen(self, now: int) -> dict:
        """What the badge tells of the link itself."""
        told = {"last_ping": self.pulse.last_pong or now, "user_agent": self.user_agent, "ip": self.address}
        return told if self.pulse.latency is None else {**told, "latency_ms": round(self.pulse.latency)}


@dataclass(frozen=True, slots=True)
class Badge:
    """What is said of an agent now."""

    reach: Reach
    document: dict
    revision: int
    written_at: int | None


def refresh(links: Iterable[Link]) -> dict[int, float]:
    """Say that the agents of these links are online. Returns after how many seconds each wants to be told again."""
    by_agent = {link.agent_id: link for link in sorted(links, key=lambda one: one.pulse.beats(now_ms()))}
    again: dict[int, float] = {}

    def open_patch(badge: Badge) -> dict:
        link, now = by_agent[badge.reach.agent_id], now_ms()
        link.told_beats = link.pulse.beats(now)
        limit = limit_s(mapping(badge.document.get("config")))
        again[link.agent_id] = max(SOONEST_SECONDS, min(REFRESH_SECONDS, limit / 3))
        return while_open(badge.document, now, seen=link.seen(now), pongs=link.told_beats)

    _change(list(by_agent), open_patch)
    return again


def spoke(heard_at: Mapping[int, int]) -> int:
    """Say that devices are online which said something by a request (agent → when, in ms). Those with a link of their
    own are told by it, and for a moment after its end: what they said before may come in after. Returns how many badges
    changed."""
    now = now_ms()
    own = Connection.objects.filter(agent_id__in=heard_at, is_default=True)
    linked = set(own.live().values_list("agent_id", flat=True))
    linked |= set(own.filter(closed_at__gt=now - GRACE_SECONDS * 1000).values_list("agent_id", flat=True))

    def patch(badge: Badge) -> dict | None:
        if badge.reach.caller.kind != Agent.Kind.DEVICE:
            return None
        return by_word(badge.document, heard_at[badge.reach.agent_id], badge.written_at, REFRESH_SECONDS)

    return _change([agent_id for agent_id in heard_at if agent_id not in linked], patch)


def settle(agent_ids: Sequence[int]) -> int:
    """Judge agents anew: those without an open link of their own become pending, and in the end offline. Returns how
    many badges changed."""
    return sum(
        _change(list(agent_ids[at : at + TOGETHER]), _closed_patch(agent_ids[at : at + TOGETHER]))
        for at in range(0, len(agent_ids), TOGETHER)
    )


def recompute(agent_ids: Sequence[int]) -> None:
    """Judge agents anew, with or without a link of their own."""
    own = Connection.objects.live().filter(agent_id__in=agent_ids, is_default=True).order_by("id")
    refresh([Link(one.agent_id, one.id, one.address, one.user_agent, Pulse(one.last_ping, one.latency)) for one in own])
    settle(agent_ids)


def config_changed(events: Iterable[Event]) -> None:
    """Listener: an agent is judged by another config now. The sweep would find it too, a little later."""
    agents = {
        event.channel.agent_id
        for event in events
        if isinstance(event, AggregateUpdated) and event.channel.name == CHANNEL and b'"config"' in event.request
    }
    if agents:
        later(recompute, list(agents))


def sweep() -> int:
    """Judge every agent that is not said to be offline and has no link. Returns how many badges changed."""
    changed, last = 0, -(2**63)
    while True:
        with connection.cursor() as cursor:
            cursor.execute(UNDECIDED, [last, TOGETHER])
            found = [agent_id for (agent_id,) in cursor.fetchall()]
        if found:
            changed += settle(found)
        if len(found) < TOGETHER:
            return changed
        last = found[-1]


def _closed_patch(agent_ids: Sequence[int]) -> Callable[[Badge], dict | None]:
    def patch(badge: Badge) -> dict | None:
        if badge.reach.agent_id in still_open:
            return None
        return after_link(badge.document, now_ms(), ended.get(badge.reach.agent_id), GRACE_SECONDS)

    own = Connection.objects.filter(agent_id__in=agent_ids, is_default=True)
    still_open = set(own.filter(closed_at=None).values_list("agent_id", flat=True))
    last = own.values("agent_id").annotate(at=Max("closed_at", filter=Q(closed_at__isnull=False)))
    ended = {row["agent_id"]: row["at"] for row in last}
    return patch


def _change(agent_ids: list[int], patch_of: Callable[[Badge], dict | None]) -> int:
    """Write the patch of each agent, with a message when its determination changes. A badge that was changed by
    somebody else meanwhile is judged again."""
    changed = 0
    for _ in range(TRIES):
        writes = [write for badge in _badges(agent_ids) if (write := _write(badge, patch_of(badge)))]
        outcomes = commit(writes) if writes else []
        _tell([event for one in outcomes if isinstance(one, Applied) for event in one.events])
        changed += sum(isinstance(one, Applied) for one in outcomes)
        agent_ids = []
        for write, outcome in zip(writes, outcomes, strict=True):
            if isinstance(outcome, Conflict):
                agent_ids.append(write.reach.agent_id)
            elif isinstance(outcome, Exception):
                log.warning("The online badge of %s could not be written: %s", write.reach.agent_id, outcome)
        if not agent_ids:
            break
    return changed


def _tell(events: list[Event]) -> None:
    transaction.on_commit(lambda: announce(events))


def _write(badge: Badge, patch: dict | None) -> ChangeAggregate | None:
    if patch is None:
        return None
    turns = patch.get("determination", badge.document.get("determination")) != badge.document.get("determination")
    return ChangeAggregate(badge.reach, CHANNEL, patch, log=turns, if_revision=badge.revision)


def _badges(agent_ids: list[int]) -> list[Badge]:
    """The badges as they are, each with the agent itself as its writer."""
    with connection.cursor() as cursor:
        cursor.execute(STATES, [CHANNEL, agent_ids])
        rows = cursor.fetchall()
    return [Badge(_as_itself(*row[:4]), _object(row[4]), row[5], row[6]) for row in rows]


def _as_itself(agent_id: int, kind: str, name: str, organisation_id: int | None) -> Reach:
    caller = Caller(agent_id, kind, name, Standing(agent_id), organisation_id)
    return Reach(caller, agent_id, organisation_id, EVERYTHING)


def _object(text: str) -> dict[str, Any]:
    document = orjson.loads(text)
    return document if isinstance(document, dict) else {}
