"""Values out of messages: one or some fields over time, of a channel or of all of an agent's (`data-api §7.5`)."""

from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from doover_web.common.snowflake import now_ms
from doover_web.common.window import Window
from doover_web.common.wire import BadRequest

from .history import after_of, before_of, search
from .models import Channel

MOST_FIELDS = 100
LONGEST_PATH = 100  # keys

# `{values}` are the fields as columns, `{present}` that a message has at least one of them.
SERIES = """
SELECT c.name, m.* FROM unnest(%(channels)s::bigint[], %(names)s::text[], %(afters)s::bigint[]) AS c(id, name, after)
CROSS JOIN LATERAL (
    SELECT id, {values} FROM data_message
    WHERE agent_id = %(agent)s AND channel_id = c.id AND id > c.after AND id < %(before)s
      AND (expires_at IS NULL OR expires_at > %(now)s) AND ({present})
    ORDER BY id {order} LIMIT %(limit)s
) AS m
ORDER BY m.id {order} FETCH FIRST (%(limit)s) ROWS WITH TIES
"""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a message of a channel says of the fields that were asked for; `value` is JSON text."""

    channel_name: str
    message_id: int
    value: bytes


def list_readings(channels: Sequence[Channel], window: Window, fields: Sequence[str]) -> list[Reading]:
    """The messages of `window` in these channels of one agent that have one of `fields`, in the window's order.

    A field is a top-level key, else a dotted path. With one field the value is bare; with several it is an object of
    those that the message has. Two channels may hold messages of one id: such a pair is never cut in two, so a page
    of several channels can be a little longer than its limit.
    """
    fields = list(dict.fromkeys(fields))
    _check(fields)
    fields_stored = [name for name in fields if "\x00" not in name]  # PostgreSQL takes no such text
    if not fields_stored or not channels:
        return []
    columns = [_column(number, name) for number, name in enumerate(fields_stored)]
    query = SERIES.format(
        values=", ".join(f"({column})::text" for column in columns),
        present=" OR ".join(f"{column} IS NOT NULL" for column in columns),
        order="ASC" if window.ascending else "DESC",
    )
    parameters = {
        "agent": channels[0].agent_id,
        "channels": [channel.id for channel in channels],
        "names": [channel.name for channel in channels],
        "afters": [after_of(window, channel) for channel in channels],
        "before": before_of(window),
        "now": now_ms(),
        "limit": window.limit,
    }
    for number, name in enumerate(fields_stored):
        parameters |= {f"name{number}": name, f"path{number}": name.split(".")}
    found = search(query, parameters)
    return [Reading(name, id_, _value(fields, fields_stored, values)) for name, id_, *values in found]


def is_field(name: str) -> bool:
    """Whether a field can be named so: a path of not too many keys."""
    return name.count(".") < LONGEST_PATH


def _check(fields: list[str]) -> None:
    if not 1 <= len(fields) <= MOST_FIELDS or not all(map(is_field, fields)):
        raise BadRequest(
            f"Name 1 to {MOST_FIELDS} fields (field_name), each a path of up to {LONGEST_PATH} keys", code="bad_field"
        )


def _column(number: int, name: str) -> str:
    """The value of a field as `jsonb`: the key as it is written, else the path that its dots make."""
    literal = f"data -> %(name{number})s::text"
    return f"COALESCE({literal}, data #> %(path{number})s::text[])" if "." in name else f"({literal})"


def _value(fields: list[str], stored: list[str], values: Sequence[str | None]) -> bytes:
    if len(fields) == 1:
        return (values[0] or "null").encode()
    known = zip(stored, values, strict=True)
    return orjson.dumps({name: orjson.Fragment(value.encode()) for name, value in known if value is not None})
