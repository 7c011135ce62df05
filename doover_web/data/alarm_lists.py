"""Reading alarms for those who ask: of a channel, of an agent, one (`data-api §10`)."""

from typing import Any

import orjson
import psycopg
from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from doover_web.common.wire import NotFound
from doover_web.identity.auth import Caller
from doover_web.identity.models import Agent
from doover_web.identity.permissions import Rights
from doover_web.identity.standing import agents_with

from .access import Reach
from .alarm_bodies import conditions_from
from .alarm_rows import COLUMNS, row_of
from .alarm_words import alarm_out, summary
from .models import Alarm, Channel

OF_AGENT = f"""
SELECT {COLUMNS}, c.name, a.readings::text
FROM data_alarm m
JOIN data_channel c ON c.agent_id = m.agent_id AND c.id = m.channel_id
JOIN data_aggregate a ON a.agent_id = m.agent_id AND a.channel_id = m.channel_id
WHERE m.agent_id = %b"""  # noqa: S608 (no value in it)
OF_CHANNEL = f"{OF_AGENT} AND m.channel_id = %b"
OPEN = " AND m.state IN ('Alarm', 'AlarmPending')"
ORDER = " ORDER BY c.name, m.id"


def alarms_of_channel(channel: Channel) -> list[dict]:
    """The alarms of a channel in the shape of the wire, the oldest first."""
    return _found(OF_CHANNEL + ORDER, channel.agent_id, channel.id)


def find_alarm(channel: Channel, alarm_id: int) -> dict:
    """One alarm; NotFound when the channel has none of this id."""
    found = _found(OF_CHANNEL + " AND m.id = %b" + ORDER, channel.agent_id, channel.id, alarm_id)
    if not found:
        raise NotFound("Alarm not found")
    return found[0]


def alarms_of_agent(reach: Reach) -> list[dict]:
    """The alarms of all channels that the caller may read, by channel."""
    public = "" if reach.rights & Rights.PRIVATE else " AND NOT c.is_private"
    return _found(OF_AGENT + public + ORDER, reach.agent_id)


def open_alarms_of(reach: Reach) -> list[dict]:
    """Those that somebody should look at, on or about to be, by channel; none for who may not see alarms."""
    if not reach.rights & Rights.ALARMS_VIEW:
        return []
    public = "" if reach.rights & Rights.PRIVATE else " AND NOT c.is_private"
    return _found(OF_AGENT + public + OPEN + ORDER, reach.agent_id)


def alarms_of_many(caller: Caller, agents: QuerySet[Agent]) -> QuerySet[Alarm]:
    """The alarms of those of `agents` whose alarms the caller may see, each with the name of its channel; all in one
    query, however many agents there are."""
    seen = agents.filter(agents_with(caller.standing, "alarms_view", Rights.ALARMS_VIEW))
    private = agents.filter(agents_with(caller.standing, "device_private_view", Rights.PRIVATE))
    channel = Channel.objects.filter(agent_id=OuterRef("agent_id"), id=OuterRef("channel_id"))
    found = Alarm.objects.filter(agent_id__in=seen.values("id"))
    found = found.filter(Q(agent_id__in=private.values("id")) | Exists(channel.filter(is_private=False)))
    return found.annotate(channel_name=Subquery(channel.values("name")[:1]))


def summary_of(alarm: Alarm) -> str:
    """The conditions of an alarm in a line."""
    return summary(conditions_from(alarm.conditions))


def _found(query: str, *parameters: Any) -> list[dict]:
    connection.ensure_connection()
    with connection.wrap_database_errors:
        rows = psycopg.Cursor(connection.connection).execute(query, parameters).fetchall()
    return [alarm_out(row_of(row), name, orjson.loads(seen) if seen else {}) for *row, name, seen in rows]
