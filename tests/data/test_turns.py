"""Reading forward at the live edge: what is given an id earlier is there earlier, whoever writes (`after`)."""

import threading
import time

import pytest
from django.db import connection

from doover_web.common.snowflake import Minter, ms_of, now_ms
from doover_web.common.window import Window
from doover_web.data import publish, rows
from doover_web.data.access import ref_of
from doover_web.data.history import list_messages
from doover_web.data.models import Channel, Message

WAITING = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"


def in_thread(work, name=None):
    def run():
        try:
            work()
        finally:
            connection.close()

    thread = threading.Thread(target=run, name=name)
    thread.start()
    return thread


def somebody_waits():
    with connection.cursor() as cursor:
        cursor.execute(WAITING)
        return cursor.fetchone()[0] > 0


@pytest.mark.parametrize("quick", ["post", "log"])
def test_a_reader_passes_nothing_that_is_still_on_its_way(committed, itself, monkeypatch, quick):
    publish.open_channel(reach=itself, name="level")
    minted, go, store = threading.Event(), threading.Event(), rows.store

    def slowly(database, aggregates, messages, now):
        if threading.current_thread().name == "slow":
            minted.set()
            assert go.wait(20)
        return store(database, aggregates, messages, now)

    monkeypatch.setattr(rows, "store", slowly)
    slow = in_thread(lambda: publish.post_message(reach=itself, name="level", data="slow"), "slow")
    assert minted.wait(20)
    say = {
        "post": lambda: publish.post_message(reach=itself, name="level", data="quick"),
        "log": lambda: publish.update_aggregate(reach=itself, name="level", data={"quick": 1}, log=True),
    }[quick]
    other = in_thread(say)
    end = time.monotonic() + 20
    while other.is_alive() and not somebody_waits():
        assert time.monotonic() < end
        time.sleep(0.01)

    channel = Channel.objects.get(name="level")
    ref = ref_of(itself, channel)
    seen = [one.id for one in list_messages(channel, ref, Window(after=0, limit=50))]
    go.set()
    for thread in (slow, other):
        thread.join(20)
    seen += [one.id for one in list_messages(channel, ref, Window(after=max(seen, default=0), limit=50))]

    assert seen == sorted(Message.objects.values_list("id", flat=True))
    assert len(seen) == 2


def test_a_clock_that_is_behind_gives_later_ids_all_the_same(itself, monkeypatch):
    def write(drift):
        """As a process of its own would, whose clock is off by `drift` ms."""
        monkeypatch.setattr("doover_web.data.ids.minter", Minter())
        monkeypatch.setattr("doover_web.common.snowflake.now_ms", lambda: now_ms() + drift)
        return publish.post_message(reach=itself, name="level", data=drift).id

    ids = [write(drift) for drift in (400, 0, 300, -50, 0)]

    assert ids == sorted(set(ids))


def test_nobody_follows_an_id_that_was_chosen_far_ahead(itself):
    publish.post_message(reach=itself, name="level", data="to come", ts=now_ms() + 60_000)

    assert ms_of(publish.post_message(reach=itself, name="level", data="now").id) < now_ms() + 1_000
