"""Bodies that are too large are refused while they arrive."""

import asyncio
import json

import pytest

from doover_web.pages.body_limit import BodyLimit


@pytest.fixture
def through():
    """`through(pieces, …)`: what a limit of ten bytes answers, and what its application read."""

    def run(pieces, **headers):
        sent, read = [], []
        waiting = [{"type": "http.request", "body": piece, "more_body": True} for piece in pieces]
        waiting[-1]["more_body"] = False

        async def app(scope, receive, send):
            more = True
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    return
                read.append(message["body"])
                more = message["more_body"]
            await send({"type": "http.response.start", "status": 200, "headers": []})

        async def receive():
            return waiting.pop(0)

        async def send(message):
            sent.append(message)

        named = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
        asyncio.run(BodyLimit(app, 10)({"type": "http", "path": "/", "headers": named}, receive, send))
        return sent, read

    return run


def test_a_body_within_the_limit_passes(through):
    sent, read = through([b"12345", b"67890"], content_length="10")

    assert (sent[0]["status"], read) == (200, [b"12345", b"67890"])


def test_an_announced_giant_is_refused_unread(through):
    sent, read = through([b"x"], content_length="11")

    assert (sent[0]["status"], read) == (413, [])
    assert json.loads(sent[1]["body"])["code"] == "too_large"


def test_a_giant_in_pieces_is_refused_on_the_way(through):
    sent, read = through([b"12345", b"678901", b"never read"])

    assert ([message.get("status") for message in sent], read) == ([413, None], [b"12345"])


def test_sockets_pass(through):
    seen = []

    async def app(scope, receive, send):
        seen.append(scope["type"])

    asyncio.run(BodyLimit(app, 10)({"type": "websocket"}, None, None))

    assert seen == ["websocket"]


def test_a_body_with_files_may_be_larger_where_files_may_hang():
    passed, sent = [], []
    limit = BodyLimit(lambda scope, receive, send: _note(passed, scope), 10, more=90)

    async def send(message):
        sent.append(message.get("status"))

    for path, length in (("/api/agents/5/channels/level/messages", 100), ("/channels/5/level/", 100)):
        asyncio.run(limit(_form(path, length), None, send))
    assert (len(passed), sent) == (2, [])
    for path, length in (("/api/agents/5/channels/level/aggregate", 101), ("/accounts/login/", 11)):
        asyncio.run(limit(_form(path, length), None, send))
    assert (len(passed), sent) == (2, [413, None, 413, None])


async def _note(passed, scope):
    passed.append(scope["path"])


def _form(path, length):
    headers = [(b"content-type", b"Multipart/form-data; boundary=x"), (b"content-length", str(length).encode())]
    return {"type": "http", "path": path, "headers": headers}
