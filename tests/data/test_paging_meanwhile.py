"""Paging while others write: what was there when it began comes exactly once."""

import threading

import pytest
from django.db import connection

from doover_web.common.snowflake import first_id_of, now_ms
from doover_web.common.window import Window
from doover_web.data import publish
from doover_web.data.access import ref_of, same_channel_of_many
from doover_web.data.history import list_messages
from doover_web.data.many_agents import list_messages_of_many
from doover_web.data.models import Channel
from doover_web.data.timeseries import list_readings

NOON = 1_772_600_400_000
COUNT, PAGE = 120, 7


@pytest.fixture
def busy(committed, itself):
    """A channel with history, into which two threads write the whole time: news, and messages of long ago."""
    known = [publish.post_message(reach=itself, name="level", data={"n": n}, ts=NOON + n).id for n in range(COUNT)]
    over, failed = threading.Event(), []

    def write(late):
        try:
            n = 0
            while n < 300 and not over.is_set():
                n += 1
                ts = NOON + n % COUNT if late else None
                publish.post_message(reach=itself, name="level", data={"new": n}, ts=ts)
        except Exception as problem:
            failed.append(problem)
        finally:
            connection.close()

    writers = [threading.Thread(target=write, args=(late,)) for late in (False, True)]
    for writer in writers:
        writer.start()
    yield known
    over.set()
    for writer in writers:
        writer.join(10)
    assert not failed


def walk(page_of, start):
    """The ids of page after page, from `start` until a page is short."""
    seen, cursor = [], start
    while True:
        ids = page_of(cursor)
        seen += ids
        if len(ids) < PAGE:
            return seen
        cursor = ids[-1]


def check(seen, known, *, newest_first):
    assert seen == sorted(set(seen), reverse=newest_first), "repeated or out of order"
    assert set(known) <= set(seen), "missed"


def test_back_through_one_channel(busy, itself):
    channel = Channel.objects.get(name="level")
    ref = ref_of(itself, channel)

    seen = walk(lambda c: [one.id for one in list_messages(channel, ref, Window(before=c, limit=PAGE))], None)

    check(seen, busy, newest_first=True)


def test_forward_through_one_channel(busy, itself):
    channel = Channel.objects.get(name="level")
    ref, end = ref_of(itself, channel), first_id_of(now_ms())

    def page(cursor):
        found = [one.id for one in list_messages(channel, ref, Window(after=cursor, limit=PAGE))]
        return [id_ for id_ in found if id_ < end]

    check(walk(page, first_id_of(NOON) - 1), busy, newest_first=False)


def test_back_through_a_series(busy, itself):
    channel = Channel.objects.get(name="level")

    def page(cursor):
        return [one.message_id for one in list_readings([channel], Window(before=cursor, limit=PAGE), ["n", "new"])]

    check(walk(page, None), busy, newest_first=True)


def test_back_through_many_agents(busy, itself):
    places = same_channel_of_many([itself], "level", history=True)
    seen, cursors = [], {}
    while True:
        page = list_messages_of_many(places, Window(limit=PAGE), befores=cursors, each=None, fields=[])
        seen += [one.id for one in page.messages]
        cursors = page.cursors
        if not cursors:
            break

    check(seen, busy, newest_first=True)
