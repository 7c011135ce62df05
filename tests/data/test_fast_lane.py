"""What only the fast lane does: choosing its requests, gathering writes, outliving its clients and the database."""

import asyncio
import json
import logging

import pytest
from django.db import OperationalError

from doover_web.common.wire import BadRequest
from doover_web.data import gatherer, ingest, reaches
from doover_web.data.models import Message
from doover_web.identity.auth import issue_access_token, issue_device_token
from doover_web.identity.models import AuditEntry, Token
from tests.data.conftest import Inline, PassedOn, ask, pass_on, scope_of


@pytest.fixture
def bearer(pump):
    return {"authorization": f"Bearer {issue_device_token(pump)}"}


@pytest.fixture
def post(bearer, level):
    """`await post(lane, {...})`: one message to the lane."""

    async def one(lane, data, **headers):
        content = json.dumps({"data": data}).encode()
        return await ask(lane, scope_of("POST", level.messages, {**bearer, **headers}, content), content)

    return one


@pytest.fixture
def commits(monkeypatch):
    """The sizes of the batches that were committed."""
    sizes, commit = [], gatherer.commit
    monkeypatch.setattr(gatherer, "commit", lambda writes: [sizes.append(len(writes)), commit(writes)][1])
    return sizes


@pytest.mark.parametrize(
    ("method", "tail", "taken"),
    [
        ("POST", "messages", True),
        ("POST", "messages/250024612350618384", True),
        ("POST", "messages/-5", True),
        ("PATCH", "messages/5", True),
        ("PUT", "messages/5", True),
        ("PATCH", "aggregate", True),
        ("PUT", "aggregate", True),
        ("POST", "aggregate", False),
        ("PATCH", "messages", False),
        ("GET", "messages", False),
        ("DELETE", "messages/5", False),
        ("OPTIONS", "aggregate", False),
        ("POST", "messages/9999999999999999999", False),
        ("POST", "messages/", False),
        ("POST", "archive", False),
    ],
)
def test_which_addresses_it_takes(bearer, at, pump, method, tail, taken):
    assert (ingest._match(scope_of(method, at(pump, tail), bearer)) is not None) is taken


@pytest.mark.parametrize(
    "headers",
    [
        {"authorization": None},
        {"authorization": "Basic abc"},
        {"origin": "http://testserver"},
        {"x-doover-assume": "5"},
        {"content-type": "multipart/form-data; boundary=b"},
        {"content-length": None},
        {"content-length": "999999999"},
        {"content-length": "-1"},
    ],
)
def test_which_requests_it_leaves_to_django(bearer, level, headers):
    assert ingest._match(scope_of("POST", level.messages, {**bearer, **headers})) is None


def test_sockets_are_none_of_its_business():
    with pytest.raises(PassedOn):
        asyncio.run(ingest.FastLane(pass_on)({"type": "websocket", "path": "/gateway"}, None, None))


def test_what_arrives_together_is_committed_together(inline, post, commits):
    async def many():
        lane = ingest.FastLane(pass_on)
        await post(lane, "warm")
        return await asyncio.gather(*(post(lane, n) for n in range(100)))

    answers = asyncio.run(many())

    assert commits == [1, 100]
    assert [answer.json()["data"] for answer in answers] == list(range(100))
    assert Message.objects.count() == 101


def test_a_batch_has_a_limit(inline, post, commits, monkeypatch):
    monkeypatch.setattr(gatherer, "BATCH", 30)

    async def many():
        lane = ingest.FastLane(pass_on)
        await post(lane, "warm")
        await asyncio.gather(*(post(lane, n) for n in range(70)))

    asyncio.run(many())

    assert commits == [1, 30, 30, 10]


def test_a_bad_neighbour_harms_nobody(inline, post, bearer, level):
    async def many():
        lane = ingest.FastLane(pass_on)
        bad = scope_of("PATCH", level.messages + "/5", bearer, b'{"data": {}}')
        return await asyncio.gather(post(lane, 1), ask(lane, bad, b'{"data": {}}'), post(lane, 2))

    assert [answer.status_code for answer in asyncio.run(many())] == [200, 404, 200]


def test_beyond_its_queue_it_says_busy(inline, post, monkeypatch):
    monkeypatch.setattr(gatherer, "WAITING", 10)

    async def many():
        lane = ingest.FastLane(pass_on)
        await post(lane, "warm")
        return await asyncio.gather(*(post(lane, n) for n in range(25)))

    answers = asyncio.run(many())

    busy = [answer for answer in answers if answer.status_code == 503]
    assert len(busy) == 15
    assert {answer.headers["Retry-After"] for answer in busy} == {"1"}
    assert busy[0].json()["code"] == "busy"
    assert Message.objects.count() == 11


def test_beyond_its_memory_it_says_busy(inline, post, monkeypatch):
    monkeypatch.setattr(gatherer, "WAITING_BYTES", 1000)

    async def many():
        lane = ingest.FastLane(pass_on)
        await post(lane, "warm")
        return await asyncio.gather(*(post(lane, "x" * 400) for _ in range(6)))

    assert sorted(answer.status_code for answer in asyncio.run(many())) == [200, 200, 200, 503, 503, 503]


def test_a_client_that_leaves_before_it_has_said_all(inline, bearer, level, post):
    async def story():
        lane = ingest.FastLane(pass_on)
        messages = iter([{"type": "http.request", "body": b'{"da', "more_body": True}, {"type": "http.disconnect"}])
        sent = []

        async def receive():
            return next(messages)

        async def send(message):
            sent.append(message)

        await lane(scope_of("POST", level.messages, bearer, b'{"data": 1}'), receive, send)
        return sent, await post(lane, "next")

    sent, after = asyncio.run(story())

    assert sent == []
    assert after.status_code == 200
    assert Message.objects.get().data == "next"


def test_a_client_that_leaves_while_its_write_waits(inline, post, caplog):
    """Its write stands, its neighbours are answered, and the writer lives on."""

    async def story():
        lane = ingest.FastLane(pass_on)
        await post(lane, "warm")
        leaving, staying = asyncio.create_task(post(lane, "leaving")), asyncio.create_task(post(lane, "staying"))
        for _ in range(3):  # both are under way by then
            await asyncio.sleep(0)
        leaving.cancel()
        answer = await staying
        return leaving.cancelled() or await leaving, answer, await post(lane, "next")

    left, stayed, after = asyncio.run(story())

    assert left is True
    assert (stayed.status_code, after.status_code) == (200, 200)
    assert set(Message.objects.values_list("data", flat=True)) >= {"staying", "next", "warm"}
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


def test_a_body_in_pieces(inline, bearer, level):
    async def story():
        pieces = iter([b'{"da', b'ta": ', b"7}"])
        sent = []

        async def receive():
            piece = next(pieces)
            return {"type": "http.request", "body": piece, "more_body": piece != b"7}"}

        async def send(message):
            sent.append(message)

        await ingest.FastLane(pass_on)(scope_of("POST", level.messages, bearer, b'{"data": 7}'), receive, send)
        return json.loads(sent[1]["body"])

    assert asyncio.run(story())["data"] == 7


def test_a_database_that_is_away_is_503_and_comes_back(inline, post, monkeypatch):
    async def story():
        lane = ingest.FastLane(pass_on)
        with monkeypatch.context() as patch:
            patch.setattr(reaches, "reach_agent", lambda *_: (_ for _ in ()).throw(OperationalError("gone")))
            away = await post(lane, 1)
        return away, await post(lane, 2)

    away, back = asyncio.run(story())

    assert (away.status_code, away.headers["Retry-After"], away.json()["code"]) == (503, "1", "busy")
    assert back.status_code == 200


def test_a_fault_of_ours_is_told_to_its_client_alone(inline, post, bearer, level, monkeypatch, caplog):
    from doover_web.data import commit as writer

    merge = writer.merge
    monkeypatch.setattr(writer, "merge", lambda old, new: merge(old, new) if "bad" not in new else 1 / 0)

    async def story():
        lane = ingest.FastLane(pass_on)
        await post(lane, "warm")
        bad = scope_of("PATCH", level.aggregate, bearer, b'{"bad": 1}')
        return await asyncio.gather(post(lane, 1), ask(lane, bad, b'{"bad": 1}'), post(lane, 2))

    answers = asyncio.run(story())

    assert [answer.status_code for answer in answers] == [200, 500, 200]
    assert answers[1].json()["code"] == "server_error"
    assert "ZeroDivisionError" in caplog.text


def test_a_write_that_fails_before_the_batch_never_enters_it(inline, post, commits, monkeypatch):
    def refuse(*_):
        raise BadRequest("no")

    async def story():
        lane = ingest.FastLane(pass_on)
        with monkeypatch.context() as patch:
            patch.setattr(ingest, "post_of", refuse)
            return await post(lane, 1)

    assert asyncio.run(story()).status_code == 400
    assert commits == []


def test_a_token_is_looked_up_once_for_many_requests(inline, post, monkeypatch):
    looked, caller_of_token = [], reaches.caller_of_token
    monkeypatch.setattr(reaches, "caller_of_token", lambda text: [looked.append(text), caller_of_token(text)][1])

    async def many():
        lane = ingest.FastLane(pass_on)
        await asyncio.gather(*(post(lane, n) for n in range(20)))
        await post(lane, "later")

    asyncio.run(many())

    assert len(looked) == 1


def test_a_revoked_token_is_found_out_soon(inline, post, pump, monkeypatch):
    async def story():
        lane = ingest.FastLane(pass_on)
        before = await post(lane, 1)
        Inline().submit(lambda: Token.objects.get(agent=pump).revoke())
        assert reaches.REMEMBER <= 5
        monkeypatch.setattr(reaches, "REMEMBER", 0)
        return before, await post(lane, 2)

    before, after = asyncio.run(asyncio.wait_for(story(), 5))

    assert (before.status_code, after.status_code) == (200, 401)
    assert after.headers["WWW-Authenticate"] == "Bearer"


def test_a_renewal_that_fails_is_no_answer(inline, post, monkeypatch):
    """A database that is away for a moment does not turn known devices away before their time."""

    async def story():
        lane = ingest.FastLane(pass_on)
        await post(lane, 1)
        monkeypatch.setattr(reaches, "RENEW", 0)
        with monkeypatch.context() as patch:
            patch.setattr(reaches, "reach_agent", lambda *_: (_ for _ in ()).throw(OperationalError("gone")))
            during = [await post(lane, n) for n in (2, 3)]
        return [*during, await post(lane, 4)]

    assert [answer.status_code for answer in asyncio.run(story())] == [200, 200, 200]


def test_organisations_do_not_share_what_is_remembered(inline, post, creek):
    async def story():
        lane = ingest.FastLane(pass_on)
        known = await post(lane, 1, **{"x-doover-organisation": str(creek.id)})
        return known, await post(lane, 2, **{"x-doover-organisation": "5"})

    known, foreign = asyncio.run(story())

    assert (known.status_code, foreign.status_code) == (200, 403)


def test_threads_and_connections_of_its_own(committed, monkeypatch, pump, alice, level):
    """The lane as the server runs it: on its own threads, many clients, every write once."""
    tokens = [issue_device_token(pump), issue_access_token(alice)[0]]

    async def many():
        lane = ingest.FastLane(pass_on)

        async def one(n):
            bearer = {"authorization": f"Bearer {tokens[n % 2]}"}
            posted = b'{"data": %d}' % n
            merged = b'{"k%d": %d}' % (n, n)
            first = await ask(lane, scope_of("POST", level.messages, bearer, posted), posted)
            second = await ask(lane, scope_of("PATCH", level.aggregate, bearer, merged), merged)
            return first.status_code, second.status_code

        answers = await asyncio.gather(*(one(n) for n in range(60)))
        lane._gatherer._thread.submit(lambda: gatherer.connection.close()).result()
        return answers

    answers = asyncio.run(many())

    assert set(answers) == {(200, 200)}
    assert sorted(Message.objects.values_list("data", flat=True)) == list(range(60))


def test_who_uses_a_token_is_in_the_log_with_the_address(committed, pump):
    reaches._reach(issue_device_token(pump), "", "me", reaches.Whence("192.0.2.9", None, "pydoover/1.18"))

    used = AuditEntry.objects.get(action="token.used")
    assert (used.subject_name, used.address, used.user_agent) == ("Pump 7", "192.0.2.9", "pydoover/1.18")
