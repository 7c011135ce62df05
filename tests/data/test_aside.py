"""Listeners are woken on the web server's loop as well, where nothing may wait for anybody."""

import asyncio
import threading
from unittest import mock

import pytest
from django.conf import settings
from django.utils.module_loading import import_string

from doover_web.data import aside as module
from doover_web.data.aside import aside
from doover_web.data.events import AggregateRecord, AggregateUpdated, ChannelRef, MessageCreated, MessageRecord


def on_a_loop(call):
    """Call from a running event loop; returns when what was put aside is done."""

    async def calls():
        call()

    asyncio.run(calls())
    module._thread.submit(lambda: None).result(10)


def test_without_a_loop_it_is_done_at_once():
    done = []
    aside(lambda: done.append(threading.current_thread()))

    assert done == [threading.current_thread()]


def test_on_a_loop_it_is_done_elsewhere_in_turn():
    done = []

    def note(number):
        done.append((number, threading.current_thread() is not threading.main_thread()))

    on_a_loop(lambda: [aside(note, number) for number in range(20)])

    assert done == [(number, True) for number in range(20)]


def test_what_waits_already_is_done_once():
    done, begun, go = [], threading.Event(), threading.Event()

    def first():
        begun.set()
        go.wait(10)

    def again():
        done.append(1)

    def call():
        aside(first)
        begun.wait(10)
        for _ in range(50):
            aside(again)
        go.set()

    on_a_loop(call)

    assert done == [1]


def test_what_fails_is_logged_and_holds_up_nothing(caplog):
    done = []

    def fails():
        raise ValueError("no")

    on_a_loop(lambda: [aside(fails), aside(done.append, 1)])

    assert done == [1]
    assert "fails failed" in caplog.text


def news():
    """Something for every listener there is."""
    for name, request in (("tunnels", b"{}"), ("doover_connection", b'{"config":{}}'), ("notifications", b"{}")):
        channel = ChannelRef(7, name, 1, False, None, has_hooks=True)
        yield AggregateUpdated(channel, AggregateRecord(channel, b"{}", 1, 1), 7, request)
        yield MessageCreated(channel, MessageRecord(channel, 5, 7, b'{"message":"hi"}'))


@pytest.mark.parametrize("path", settings.CHANNEL_EVENT_LISTENERS)
def test_no_listener_waits_on_the_loop(path, monkeypatch):
    """Django refuses to ask the database there; the broker would hold up everybody."""
    monkeypatch.setattr("doover_web.gateway.fanout._pump_here", mock.Mock)
    monkeypatch.setattr("doover_web.gateway.connection.later", mock.Mock())
    monkeypatch.setattr(module, "_thread", mock.Mock())
    monkeypatch.setattr(module, "_waiting", module.deque())
    sent = mock.Mock()
    monkeypatch.setattr("doover_web.notifications.rules.current_app", sent)
    events = list(news())

    async def calls():
        import_string(path)(events)

    asyncio.run(calls())

    sent.send_task.assert_not_called()
