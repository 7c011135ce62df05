"""Writing down who is connected: what a process gathered, in a few statements, however much it is."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from django.db import connection, transaction

from doover_web.common.snowflake import now_ms

HEARTBEAT = "UPDATE gateway_webprocess SET seen_at = now(), doubted_at = NULL WHERE id = %s"
ENTER = "INSERT INTO gateway_webprocess (id, seen_at) VALUES (%s, now()) ON CONFLICT (id) DO NOTHING"
CONNECTIONS = """
INSERT INTO gateway_connection (process_id, agent_id, id, is_default, address, user_agent, attached_at, closed_at)
SELECT %s, c.*
FROM unnest(%s::bigint[], %s::bigint[], %s::boolean[], %s::text[], %s::text[], %s::bigint[], %s::bigint[])
AS c(agent_id, id, is_default, address, user_agent, attached_at, closed_at)
ON CONFLICT (agent_id, id) DO UPDATE SET process_id = EXCLUDED.process_id, address = EXCLUDED.address,
  user_agent = EXCLUDED.user_agent, attached_at = EXCLUDED.attached_at, closed_at = EXCLUDED.closed_at
WHERE gateway_connection.attached_at <= EXCLUDED.attached_at
"""
SUBSCRIPTIONS = """
INSERT INTO gateway_subscriptionlog (agent_id, id, connection_id, channel_agent_id, channel_name, unsubscribed_at)
SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::text[], %s::bigint[])
ON CONFLICT (agent_id, id) DO UPDATE SET unsubscribed_at = EXCLUDED.unsubscribed_at
"""
PULSES = """
UPDATE gateway_connection c SET last_ping = p.last_ping, latency = p.latency
FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::float8[]) AS p(agent_id, id, last_ping, latency)
WHERE c.agent_id = p.agent_id AND c.id = p.id AND c.process_id = %s
"""
DOUBT = """
UPDATE gateway_webprocess SET doubted_at = now()
WHERE seen_at < now() - make_interval(secs => %s) AND doubted_at IS NULL
"""
BURY = """
DELETE FROM gateway_webprocess
WHERE seen_at < now() - make_interval(secs => %s) AND doubted_at < now() - make_interval(secs => %s)
"""
END_CONNECTIONS = """
UPDATE gateway_connection c SET closed_at = %s
WHERE closed_at IS NULL AND NOT EXISTS (SELECT FROM gateway_webprocess p WHERE p.id = c.process_id)
RETURNING agent_id, id
"""
END_SUBSCRIPTIONS = """
UPDATE gateway_subscriptionlog l SET unsubscribed_at = %s
FROM unnest(%s::bigint[], %s::bigint[]) AS c(agent_id, id)
WHERE l.agent_id = c.agent_id AND l.connection_id = c.id AND l.unsubscribed_at IS NULL
"""
FORGET = """
DELETE FROM {table} t USING (SELECT agent_id, id FROM {table} WHERE {ended} < %s LIMIT %s) AS old
WHERE t.agent_id = old.agent_id AND t.id = old.id
"""
CONNECTION_COLUMNS = ("agent_id", "id", "is_default", "address", "user_agent", "attached_at", "closed_at")
SUBSCRIPTION_COLUMNS = (
    "agent_id",
    "id",
    "connection_id",
    "channel_agent_id",
    "channel_name",
    "unsubscribed_at",
)
ENDED = {"gateway_subscriptionlog": "unsubscribed_at", "gateway_connection": "closed_at"}
FORGET_ROWS = 5000


@dataclass(slots=True)
class Presence:
    """A session as it stands: the columns of its row."""

    agent_id: int
    id: int
    is_default: bool
    address: str
    user_agent: str
    attached_at: int
    closed_at: int | None = None


@dataclass(slots=True)
class Watch:
    """A subscription as it stands: the columns of its row."""

    agent_id: int
    id: int
    connection_id: int
    channel_agent_id: int
    channel_name: str
    unsubscribed_at: int | None = None


@dataclass(slots=True)
class News:
    """What has to be written: sessions and subscriptions by id, and pulses as (agent, session, last pong, latency)."""

    connections: dict[int, Presence] = field(default_factory=dict)
    subscriptions: dict[int, Watch] = field(default_factory=dict)
    pulses: Sequence[tuple[int, int, int, float]] = ()

    def __bool__(self) -> bool:
        return bool(self.connections or self.subscriptions or self.pulses)


def write(process_id: int, news: News) -> bool:
    """Say that the process is there, and write its news. False when the process was taken for dead meanwhile and its
    sessions were ended: what it has must then be written again."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(HEARTBEAT, [process_id])
        known = cursor.rowcount == 1
        if not known:
            cursor.execute(ENTER, [process_id])
        if found := list(news.connections.values()):
            cursor.execute(CONNECTIONS, [process_id, *_columns(found, CONNECTION_COLUMNS)])
        if watches := list(news.subscriptions.values()):
            cursor.execute(SUBSCRIPTIONS, _columns(watches, SUBSCRIPTION_COLUMNS))
        if news.pulses:
            cursor.execute(PULSES, [*map(list, zip(*news.pulses, strict=True)), process_id])
    return known


def end_the_dead(silent_seconds: float, doubted_seconds: float) -> int:
    """End the sessions of web processes that died. A process that is silent is doubted first, and buried only when it
    is still silent some time later: the database itself may have been away. Returns how many sessions ended."""
    now = now_ms()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(BURY, [silent_seconds, doubted_seconds])
        cursor.execute(DOUBT, [silent_seconds])
        cursor.execute(END_CONNECTIONS, [now])
        ended = cursor.fetchall()
        if ended:
            agents, ids = map(list, zip(*ended, strict=True))
            cursor.execute(END_SUBSCRIPTIONS, [now, agents, ids])
    return len(ended)


def forget_before(ms: int) -> Iterator[int]:
    """Delete the history that ended before `ms`, a small batch at each step: how many rows it were."""
    for table, ended in ENDED.items():
        count = FORGET_ROWS
        while count == FORGET_ROWS:
            with connection.cursor() as cursor:
                cursor.execute(FORGET.format(table=table, ended=ended), [ms, FORGET_ROWS])
                count = cursor.rowcount
            yield count


def _columns(records: Sequence, names: Sequence[str]) -> list[list]:
    return [[getattr(record, name) for record in records] for name in names]
