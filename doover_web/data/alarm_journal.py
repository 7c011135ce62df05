"""What alarms did, and who has seen it: the transitions are kept in the transaction that brings them about."""

from collections.abc import Iterable

import orjson
import psycopg

from doover_web.common.snowflake import first_id_of, now_ms
from doover_web.identity.permissions import Rights

from .access import Reach
from .events import AlarmTriggered, Event
from .models import AlarmMove, AlarmNote, Channel

KEEP_MS = 400 * 86_400_000
KEEP = """
INSERT INTO data_alarmmove (agent_id, channel_id, id, alarm_id, at, old_state, new_state, name, said, severity)
SELECT * FROM unnest(%b::bigint[], %b::bigint[], %b::bigint[], %b::bigint[], %b::bigint[], %b::text[], %b::text[],
                     %b::text[], %b::text[], %b::smallint[])
ON CONFLICT DO NOTHING
"""


def keep(database: psycopg.Connection, events: Iterable[Event]) -> None:
    """Write down the transitions among `events`, in the transaction that `database` is in."""
    rows = [_row(event) for event in events if isinstance(event, AlarmTriggered)]
    if rows:
        psycopg.Cursor(database).execute(KEEP, [list(column) for column in zip(*rows, strict=True)], prepare=True)


def moves_of_agent(
    reach: Reach, *, after: int, before: int, limit: int, alarm_id: int | None = None
) -> list[AlarmMove]:
    """The transitions at an agent in [after, before) (ms) that are news, the newest first; none for who may not see
    alarms."""
    if not reach.rights & Rights.ALARMS_VIEW:
        return []
    found = AlarmMove.objects.filter(agent_id=reach.agent_id, id__gte=first_id_of(after), id__lt=first_id_of(before))
    if alarm_id is not None:
        found = found.filter(alarm_id=alarm_id)
    if not reach.rights & Rights.PRIVATE:
        private = Channel.objects.filter(agent_id=reach.agent_id, is_private=True)
        found = found.exclude(channel_id__in=private.values("id"))
    return list(found.news().with_connection().order_by("-id")[:limit])


def is_beginning(agent_id: int, move_id: int) -> bool:
    """Whether a transition only says that all is well with an alarm of which nothing was known before."""
    return AlarmMove.objects.filter(agent_id=agent_id, id=move_id).beginnings().exists()


def is_of_connection(agent_id: int, move_id: int) -> bool:
    """Whether a transition is of an alarm on the connection of its agent."""
    return AlarmMove.objects.filter(agent_id=agent_id, id=move_id).with_connection().filter(of_connection=True).exists()


def is_of_private(agent_id: int, move_id: int) -> bool:
    """Whether a transition is of an alarm on a channel that is private now."""
    channels = AlarmMove.objects.filter(agent_id=agent_id, id=move_id).values("channel_id")
    return Channel.objects.filter(agent_id=agent_id, id__in=channels, is_private=True).exists()


def notes_on(alarms: Iterable[tuple[int, int]]) -> dict[tuple[int, int], AlarmNote]:
    """The newest note of each alarm, by agent id and alarm id; one query. An alarm's id counts at its agent only."""
    wanted = set(alarms)
    found = AlarmNote.objects.filter(
        agent_id__in={agent for agent, _ in wanted}, alarm_id__in={one for _, one in wanted}
    )
    newest = found.order_by("agent_id", "alarm_id", "-id").distinct("agent_id", "alarm_id")
    return {key: note for note in newest if (key := (note.agent_id, note.alarm_id)) in wanted}


def notes_of(reach: Reach, alarm_id: int, limit: int) -> list[AlarmNote]:
    """What was said of an alarm, the newest first."""
    return list(AlarmNote.objects.filter(agent_id=reach.agent_id, alarm_id=alarm_id).order_by("-id")[:limit])


def forget_old() -> int:
    """Remove what is older than some four hundred days."""
    oldest = first_id_of(now_ms() - KEEP_MS)
    return sum(model.objects.filter(id__lt=oldest).delete()[0] for model in (AlarmMove, AlarmNote))


def _row(event: AlarmTriggered) -> tuple:
    alarm = orjson.loads(event.alarm)
    where = event.channel.agent_id, event.channel.channel_id
    moment = alarm["entered_state_ts"]
    return (
        *where,
        event.message_id,
        int(alarm["id"]),
        moment,
        event.old_state,
        event.new_state,
        alarm["name"],
        event.said,
        event.severity,
    )
