"""A history that is longer than what is sent at once: the newest of it, a page of the database at a time."""

import json
import tracemalloc

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from doover_web.common.message_key import id_of_message_key
from doover_web.common.snowflake import first_id_of, ms_of
from doover_web.data.models import Channel
from doover_web.data.publish import open_channel

MARCH = 1_772_600_000_000
STORED, SENT = 12_000, 9_000
FILL = """
INSERT INTO data_message (agent_id, channel_id, id, data, author_id, received_at)
SELECT %s, %s, %s + ((n::bigint * 1000) << 22), jsonb_build_object('n', n, 'note', repeat('x', 900)), %s, 0
FROM generate_series(1, %s) AS n
"""


@pytest.fixture
def window(pump, reach, alice, settings):
    """The address of a window over more messages than are sent."""
    settings.LEGACY_MOST_MESSAGES = SENT
    channel: Channel = open_channel(reach=reach(alice, pump), name="level")
    with connection.cursor() as cursor:
        cursor.execute(FILL, [pump.id, channel.id, first_id_of(MARCH), alice.agent_id, STORED])
    return f"/ch/v1/channel/{channel.key}/messages/time/{MARCH // 1000}/{MARCH // 1000 + STORED}/"


def test_the_newest_are_sent_in_order(old, window):
    answer = b"".join(old.get(window))
    ids = [id_of_message_key(one["message"]) for one in json.loads(answer)["messages"]]

    assert len(ids) == SENT
    assert ids == sorted(ids, reverse=True)
    assert ms_of(ids[0]) == MARCH + STORED * 1000
    assert len(set(ids)) == SENT


def test_a_longer_one_takes_no_more_memory(old, window, settings):
    def most_memory(sent):
        settings.LEGACY_MOST_MESSAGES = sent
        with CaptureQueriesContext(connection) as queries:
            tracemalloc.start()
            try:
                size = sum(len(part) for part in old.get(window))
                return size, tracemalloc.get_traced_memory()[1], len(queries)
            finally:
                tracemalloc.stop()

    most_memory(3000)
    short, little, few = most_memory(3000)
    long, much, more = most_memory(SENT)
    assert long > 2.9 * short
    assert much < 1.3 * little
    assert more - few <= (SENT - 3000) / 1000 + 1
