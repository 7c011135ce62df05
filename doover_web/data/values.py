"""Single values of a channel's messages: where they change, the last before a moment. Each reads a bounded number of
messages, however many there are."""

from dataclasses import dataclass
from typing import Any

import orjson

from doover_web.common.snowflake import id_at, ms_of, now_ms

from .asking import ask
from .leaves import VALUE
from .models import Channel, Series

MOST_READ = 5000  # messages that are looked through for changes
MOST_CHANGES = 1000
LOOK_BACK = (500, 5000)  # messages before a moment in which the value that held then is looked for: most are near
FIELD = VALUE.format(data="data", path="%(path)s::text", parts="%(parts)s::text[]")
# What a control was set to, in a channel of commands (`ui-schema §11.2, §23.3`): the record of it, or the state that
# somebody wrote and kept.
SET = f"""CASE data ->> 'type'
    WHEN 'log' THEN CASE WHEN data ->> 'key' = %(key)s AND coalesce(data ->> 'app_key', '') = %(app)s
        THEN data -> 'value' END
    WHEN 'rpc' THEN NULL ELSE {FIELD} END"""
CHANGES = f"""
WITH m AS MATERIALIZED (
    SELECT id, data FROM data_message
    WHERE agent_id = %(agent)s AND channel_id = %(channel)s AND id >= %(low)s AND id < %(high)s
      AND (expires_at IS NULL OR expires_at > %(now)s)
    ORDER BY id DESC LIMIT {MOST_READ}
)
SELECT id, v::text, (SELECT count(*) FROM m) FROM (
    SELECT id, v, lag(v) OVER (ORDER BY id) AS prior FROM (SELECT id, {{field}} AS v FROM m) f
    WHERE v IS NOT NULL AND jsonb_typeof(v) <> 'null'
) g WHERE prior IS NULL OR v <> prior ORDER BY id DESC LIMIT {MOST_CHANGES + 1}
"""  # noqa: S608 (numbers of ours)
BEFORE = """
SELECT id, v::text FROM (
    SELECT id, {field} AS v FROM (
        SELECT id, data FROM data_message
        WHERE agent_id = %(agent)s AND channel_id = %(channel)s AND id >= %(low)s AND id < %(high)s
          AND (expires_at IS NULL OR expires_at > %(now)s)
        ORDER BY id DESC LIMIT %(most)s
    ) m
) f WHERE v IS NOT NULL AND jsonb_typeof(v) <> 'null' ORDER BY id DESC LIMIT 1
"""
LAST_BUCKET = """
SELECT max(b.start) FROM data_seriesbucket b
WHERE b.agent_id = %(agent)s AND b.channel_id = %(channel)s AND b.series = %(series)s AND b.step = %(step)s
  AND b.start < %(before)s
"""
FOUR_HOURS = 14_400_000


@dataclass(frozen=True, slots=True)
class Changes:
    """What a value became, and when (ms), within [after, before). `since`: changes from before it were not looked at,
    as there are too many messages."""

    path: str
    after: int
    before: int
    points: list[tuple[int, Any]]
    since: int


def read_changes(channel: Channel, path: str, after: int, before: int, *, is_set: bool = False) -> Changes:
    """How a text or a truth value went: the value that held at `after`, if it is near, and every change since.
    `is_set`: `path` names a control (`pump_1.speed`), the channel holds commands."""
    after = _shown_from(channel, after)
    asked = {**_asked(channel, path), "low": id_at(after), "high": id_at(before)}
    rows = ask(CHANGES.format(field=SET if is_set else FIELD), asked)
    is_cut = len(rows) > MOST_CHANGES or bool(rows and rows[0][2] >= MOST_READ)
    points = [(ms_of(id_), orjson.loads(text)) for id_, text, _ in reversed(rows[:MOST_CHANGES])]
    if is_cut:
        return Changes(path, after, before, points, points[0][0])
    held = value_before(channel, path, after, is_set=is_set)
    if held is not None and (not points or points[0][1] != held[1]):
        points.insert(0, (after, held[1]))
    return Changes(path, after, before, points, after)


def value_before(channel: Channel, path: str, moment: int, *, is_set: bool = False) -> tuple[int, Any] | None:
    """When the value at `path` was last written before `moment` (ms), and what it was; None when that is not among
    the messages just before it."""
    low = _shown_from(channel, -(10**15))
    query = BEFORE.format(field=SET if is_set else FIELD)
    asked = {**_asked(channel, path), "low": id_at(low), "high": id_at(moment)}
    for most in LOOK_BACK:
        if found := ask(query, {**asked, "most": most}):
            return ms_of(found[0][0]), orjson.loads(found[0][1])
    return None


def last_moment(channel: Channel, path: str, before: int) -> int | None:
    """About when there was a value at `path` for the last time before a moment; None when none is known."""
    if (found := value_before(channel, path, before)) is not None:
        return found[0]
    series = Series.objects.filter(agent_id=channel.agent_id, channel_id=channel.id, path=path).first()
    if series is None:
        return None
    asked = {**_asked(channel, path), "series": series.number, "step": FOUR_HOURS, "before": before}
    return ask(LAST_BUCKET, asked)[0][0]


def _shown_from(channel: Channel, after: int) -> int:
    return after if channel.history_since is None else max(after, channel.history_since)


def _asked(channel: Channel, path: str) -> dict[str, Any]:
    app, _, key = path.rpartition(".")
    return {
        "app": app,
        "key": key,
        "agent": channel.agent_id,
        "channel": channel.id,
        "path": path,
        "parts": path.split("."),
        "now": now_ms(),
    }
