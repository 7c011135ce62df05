"""What time and crashes leave behind: files and logs of messages that are gone, bytes that never hung anywhere."""

from collections.abc import Iterator

from django.db import connection

from doover_web.common.snowflake import now_ms

from .asking import ask
from .blobs import release

ROWS = 1000
GRACE_MS = 24 * 3600 * 1000  # an upload that is still under way is younger than this

# Messages go with their partition or their time to live, and take nothing along.
LOST = """
DELETE FROM data_attachment a USING (
    SELECT agent_id, id FROM data_attachment l WHERE l.message_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM data_message m
        WHERE m.agent_id = l.agent_id AND m.channel_id = l.channel_id AND m.id = l.message_id)
    UNION ALL
    SELECT agent_id, id FROM data_attachment l WHERE l.message_id IS NULL AND NOT EXISTS (
        SELECT FROM data_aggregate s WHERE s.agent_id = l.agent_id AND s.channel_id = l.channel_id)
    LIMIT %s
) AS lost
WHERE a.agent_id = lost.agent_id AND a.id = lost.id
RETURNING a.agent_id, a.blob_id
"""
FORGOTTEN = """
SELECT b.agent_id, b.id, b.made_at FROM data_blob b
WHERE b.made_at < %s AND (b.made_at, b.id) > (%s, %s)
  AND NOT EXISTS (SELECT FROM data_attachment a WHERE a.agent_id = b.agent_id AND a.blob_id = b.id)
ORDER BY b.made_at, b.id LIMIT %s
"""
LOGS = """
DELETE FROM data_messagelog l WHERE NOT EXISTS (
    SELECT FROM data_message m WHERE m.agent_id = l.agent_id AND m.channel_id = l.channel_id AND m.id = l.message_id)
"""


def take_off_lost() -> Iterator[int]:
    """Take off attachments whose message or channel is gone, and remove their bytes: how many at each step."""
    while rows := ask(LOST, [ROWS]):
        release(set(rows))
        yield len(rows)


def remove_forgotten() -> Iterator[int]:
    """Remove bytes of uploads that a crash left without an attachment: how many at each step."""
    after, before = (0, -(2**63)), now_ms() - GRACE_MS
    while rows := ask(FORGOTTEN, [before, *after, ROWS]):
        yield release({(agent_id, blob_id) for agent_id, blob_id, _ in rows})
        after = (rows[-1][2], rows[-1][1])


def forget_logs() -> Iterator[int]:
    """Remove the logs of messages that are gone: how many."""
    with connection.cursor() as cursor:
        cursor.execute(LOGS)
        yield cursor.rowcount
