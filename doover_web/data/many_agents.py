"""One channel of many agents: their messages together, and their states (`data-api §9.1, §9.2`)."""

import heapq
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from django.db import connection

from doover_web.common.snowflake import first_id_of, now_ms
from doover_web.common.window import Window

from .access import Reach, ref_of
from .attached import read_attached
from .events import AggregateRecord, ChannelRef, MessageRecord
from .history import BY_FIELD, after_of, before_of, project, search
from .models import Channel

# Ids only: which messages make the page is known before any document is fetched.
IDS = """
SELECT w.agent_id, m.id
FROM unnest(%(agents)s::bigint[], %(channels)s::bigint[], %(afters)s::bigint[], %(befores)s::bigint[])
     AS w(agent_id, channel_id, after, before)
CROSS JOIN LATERAL (
    SELECT id FROM data_message
    WHERE agent_id = w.agent_id AND channel_id = w.channel_id AND id > w.after AND id < w.before
      AND (expires_at IS NULL OR expires_at > %(now)s){extra}
    ORDER BY id {order} LIMIT %(limit)s
) AS m
"""
DOCUMENTS = """
SELECT m.agent_id, m.id, m.author_id, m.data::text, m.attachments::text, m.revision
FROM unnest(%(agents)s::bigint[], %(channels)s::bigint[], %(ids)s::bigint[]) AS w(agent_id, channel_id, id)
JOIN data_message m ON m.agent_id = w.agent_id AND m.channel_id = w.channel_id AND m.id = w.id
"""
STATES = """
SELECT a.agent_id, a.data::text, a.revision, a.last_updated, a.attachments::text
FROM unnest(%s::bigint[], %s::bigint[]) AS w(agent_id, channel_id)
JOIN data_aggregate a ON a.agent_id = w.agent_id AND a.channel_id = w.channel_id
"""
FEWEST = 8  # ids that each agent is asked for at first
MORE = 8  # times as many when an agent has a larger share of the page than thought


@dataclass(slots=True)
class _Source:
    """An agent's channel: the ids of its messages as far as they were looked up, in the order of the page."""

    ref: ChannelRef
    after: int
    before: int
    before_given: int | None
    asked: int = 0  # how many ids the page may take of it; one more is looked up, to know whether any are left
    ids: list[int] = field(default_factory=list)
    returned: int = 0

    @property
    def has_more(self) -> bool:
        return len(self.ids) > self.returned

    def cursor(self, now: int) -> int:
        """Where its older messages go on; of an agent that found no room, everything is still to come."""
        if self.returned:
            return self.ids[self.returned - 1]
        return self.before_given if self.before_given is not None else max(first_id_of(now), self.ids[0] + 1)


@dataclass(frozen=True, slots=True)
class _Shape:
    """What a page may hold: `limit` messages, at most `cap` of one agent, the oldest first with `forward`."""

    limit: int
    cap: int
    forward: bool
    fields: list[str]


@dataclass(frozen=True, slots=True)
class Page:
    """Messages of many agents; `cursors` has the next `before` of each agent that has older ones."""

    messages: list[MessageRecord]
    cursors: dict[int, int]


def list_messages_of_many(
    places: Iterable[tuple[Reach, Channel]],
    window: Window,
    *,
    befores: dict[int, int],
    each: int | None,
    fields: Sequence[str],
    forward: bool = False,
) -> Page:
    """The newest `window.limit` messages of all these channels together, at most `each` of one agent.

    `befores` are upper bounds of single agents. With `forward` it is the oldest instead, and no cursors; messages of
    the same id at the end of that page come all, as its caller goes on behind that id.
    """
    wanted = list(fields)
    fields = [name for name in fields if "\x00" not in name]
    if wanted and not fields:
        return Page([], {})
    now, cap = now_ms(), min(each or window.limit, window.limit)
    sources = {}
    for reach, channel in places:
        bounds = replace(window, before=befores.get(channel.agent_id, window.before))
        source = _Source(ref_of(reach, channel), after_of(bounds, channel), before_of(bounds), bounds.before)
        sources[channel.agent_id] = source
    page = _choose(sources, _Shape(window.limit, cap, forward, fields), now)
    messages = _documents(sources, page, fields)
    left = {} if forward else {id_: one.cursor(now) for id_, one in sources.items() if one.has_more}
    return Page(messages, left)


def _choose(sources: dict[int, _Source], shape: _Shape, now: int) -> list[tuple[int, int]]:
    """The page as pairs of message and agent, in its order. Agents are asked for few ids at first, and for more only
    where the page took all of them: what is read stays near to what is returned."""
    unsettled = list(sources.values())
    chunk = min(shape.cap, max(FEWEST, 2 * shape.limit // max(len(sources), 1)))
    while True:
        _look_up(unsettled, chunk, shape, now)
        page = _merged(sources, shape)
        unsettled = [one for one in unsettled if one.returned == one.asked < len(one.ids)]
        if not unsettled or chunk >= shape.cap:
            return page
        chunk = min(shape.cap, chunk * MORE)


def _look_up(sources: list[_Source], chunk: int, shape: _Shape, now: int) -> None:
    query = IDS.format(extra=BY_FIELD if shape.fields else "", order="ASC" if shape.forward else "DESC")
    parameters = {
        "agents": [one.ref.agent_id for one in sources],
        "channels": [one.ref.channel_id for one in sources],
        "afters": [one.after for one in sources],
        "befores": [one.before for one in sources],
        "now": now,
        "limit": chunk + 1,
        "fields": shape.fields,
    }
    found: dict[int, list[int]] = {one.ref.agent_id: [] for one in sources}
    for agent_id, id_ in search(query, parameters):
        found[agent_id].append(id_)
    for one in sources:
        one.asked, one.ids = chunk, sorted(found[one.ref.agent_id], reverse=not shape.forward)


def _merged(sources: dict[int, _Source], shape: _Shape) -> list[tuple[int, int]]:
    streams = [[(id_, agent) for id_ in one.ids[: one.asked]] for agent, one in sources.items()]
    page: list[tuple[int, int]] = []
    for pair in heapq.merge(*streams, key=lambda pair: pair[0], reverse=not shape.forward):
        if len(page) >= shape.limit and not (shape.forward and pair[0] == page[-1][0]):
            break
        page.append(pair)
    taken = Counter(agent for _, agent in page)
    for agent, one in sources.items():
        one.returned = taken[agent]
    return page


def _documents(sources: dict[int, _Source], page: list[tuple[int, int]], fields: list[str]) -> list[MessageRecord]:
    if not page:
        return []
    parameters = {
        "agents": [agent for _, agent in page],
        "channels": [sources[agent].ref.channel_id for _, agent in page],
        "ids": [id_ for id_, _ in page],
    }
    found = {
        (id_, agent): MessageRecord(
            sources[agent].ref, id_, author, project(data.encode(), fields), read_attached(files), revision
        )
        for agent, id_, author, data, files, revision in search(DOCUMENTS, parameters)
    }
    return [found[pair] for pair in page if pair in found]  # one may have been deleted since


def states_of_many(places: Iterable[tuple[Reach, Channel]], fields: Sequence[str]) -> list[AggregateRecord]:
    """The states of these channels in their order, cut down to the top-level keys `fields` if there are any."""
    refs = {channel.agent_id: ref_of(reach, channel) for reach, channel in places}
    with connection.cursor() as cursor:
        cursor.execute(STATES, [list(refs), [ref.channel_id for ref in refs.values()]])
        rows = {row[0]: row[1:] for row in cursor.fetchall()}
    return [
        AggregateRecord(ref, project(data.encode(), fields), revision, last_updated, read_attached(files))
        for agent_id, ref in refs.items()
        if agent_id in rows
        for data, revision, last_updated, files in [rows[agent_id]]
    ]
