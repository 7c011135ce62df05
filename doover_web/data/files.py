"""Finding a file that hangs somewhere, for whoever may have it."""

import re
from dataclasses import dataclass

from django.db import connection

from doover_web.common.snowflake import ID_MAX, ID_MIN, now_ms
from doover_web.common.wire import NotFound

from .refs import ChannelRef

# A message whose time is over takes its files along, before the sweep comes.
FIND = """
SELECT a.id, a.filename, a.content_type, b.size, b.name
FROM data_attachment a
JOIN data_blob b ON b.agent_id = a.agent_id AND b.id = a.blob_id
LEFT JOIN data_message m ON m.agent_id = a.agent_id AND m.channel_id = a.channel_id AND m.id = a.message_id
WHERE a.agent_id = %(agent)s AND (a.message_id IS NULL OR (m.id IS NOT NULL AND coalesce(m.expires_at > %(now)s, true)))
"""
BY_ID = FIND + " AND a.id = %(id)s"
IN_PLACE = (
    FIND
    + """
  AND a.channel_id = %(channel)s AND a.message_id IS NOT DISTINCT FROM %(message)s
  AND (a.id = %(id)s OR a.filename = %(key)s)
ORDER BY a.id = %(id)s DESC NULLS LAST LIMIT 1
"""
)


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file as it is served; `blob` is its name in the storage, `size` in bytes."""

    id: int
    filename: str
    content_type: str | None
    size: int
    blob: str


def find_file(agent_id: int, attachment_id: int) -> StoredFile:
    """A file by its id, wherever it hangs; NotFound when it is gone."""
    return _find(BY_ID, {"agent": agent_id, "id": attachment_id})


def find_file_at(ref: ChannelRef, message_id: int | None, key: str) -> StoredFile:
    """A file of a message, or of the state, by its id or its name (`data-api §7.6`)."""
    if "\x00" in key:
        raise _not_found()
    place = {"agent": ref.agent_id, "channel": ref.channel_id, "message": message_id}
    return _find(IN_PLACE, {**place, "key": key, "id": _id_in(key)})


def _find(query: str, parameters: dict) -> StoredFile:
    with connection.cursor() as cursor:
        cursor.execute(query, {**parameters, "now": now_ms()})
        row = cursor.fetchone()
    if row is None:
        raise _not_found()
    return StoredFile(*row)


def _id_in(key: str) -> int | None:
    number = int(key) if re.fullmatch(r"-?[0-9]{1,19}", key) else None
    return number if number is not None and ID_MIN <= number <= ID_MAX else None


def _not_found() -> NotFound:
    return NotFound("Attachment not found")
