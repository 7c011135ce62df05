"""Who may open a socket, and what it may watch; also when that changes while it is open."""

import pytest
from allauth.account.signals import password_reset
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from peers import Peer, run_sync, token_of

from doover_web.data.models import Channel
from doover_web.gateway import outbox
from doover_web.gateway.credentials import Credential
from doover_web.gateway.fanout import rights_changed
from doover_web.identity.actions.account import close_account, end_sessions
from doover_web.identity.actions.processor import create_trigger_token, create_working_token
from doover_web.identity.auth import issue_access_token
from doover_web.identity.flags import EVERYTHING
from doover_web.identity.models import Agent, GroupGrant, Token, User


def session_of(user) -> str:
    """What signing in leaves in a browser."""
    store = SessionStore()
    store[SESSION_KEY], store[BACKEND_SESSION_KEY] = str(user.pk), settings.AUTHENTICATION_BACKENDS[0]
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.save()
    return store.session_key


def cookie(key: str) -> tuple[str, str]:
    return "cookie", f"other=1; {settings.SESSION_COOKIE_NAME}={key}"


async def test_the_header_wins_over_the_query(hub, alice, mallory, pump):
    alices, mallorys = await run_sync(token_of, alice), await run_sync(token_of, mallory)
    page = Peer(hub, [("authorization", f"Bearer {alices}")], query=f"token={mallorys}")
    await page.identify()
    assert page.socket.agent_id == alice.id
    await page.drop()


async def test_a_browser_sends_the_token_in_the_query(hub, alice):
    page = Peer(hub, query=f"token={await run_sync(token_of, alice)}")
    await page.identify()
    await page.drop()


@pytest.mark.parametrize("origin", ["http://portal.test", None])
async def test_a_signed_in_page_needs_its_cookie_only(hub, alice, origin):
    headers = [cookie(await run_sync(session_of, alice)), ("host", "portal.test")]
    page = Peer(hub, headers + ([("origin", origin)] if origin else []))
    await page.identify()
    assert page.socket.agent_id == alice.id
    await page.drop()


@pytest.mark.parametrize("origin", ["http://evil.test", "null"])
async def test_a_page_of_somebody_else_cannot_use_the_cookie(hub, alice, origin):
    page = Peer(hub, [cookie(await run_sync(session_of, alice)), ("host", "portal.test"), ("origin", origin)])
    assert (await page.next())["type"] == "websocket.close"
    await page.task


@pytest.mark.parametrize("query", ["", "token=nonsense", "token=dvd_nonsense"])
async def test_without_a_valid_credential_it_closes_with_4401(hub, query):
    page = Peer(hub, query=query)
    assert await page.closed() == 4401
    await page.task


async def test_a_token_in_the_query_is_never_logged(hub, caplog):
    page = Peer(hub, query="token=dvd_hush-hush")
    assert await page.closed() == 4401
    assert "hush-hush" not in caplog.text
    assert "hush-hush" not in str(page.scope) + repr(Credential("hush-hush"))


async def test_a_stranger_sees_nothing(peer, says, mallory, pump):
    await says(pump, pump, {"metres": 1})
    page = await peer(mallory)
    page.send(12, {"channel": {"agent_id": str(pump.id), "name": "level"}})
    assert "level" in (await page.until("WSSErrorEvent"))["d"]["message"]
    await says(pump, pump, {"metres": 2})
    assert await page.quiet() == []
    assert page.socket.hub.watched == {}


async def test_a_viewer_does_not_make_channels(peer, bob, pump):
    page = await peer(bob)
    page.send(12, {"channel": {"agent_id": str(pump.id), "name": "wanted"}})
    assert "wanted" in (await page.until("WSSErrorEvent"))["d"]["message"]
    assert not await run_sync(Channel.objects.filter(agent_id=pump.id, name="wanted").exists)


async def test_an_impossible_name_is_refused_without_closing(peer, alice, pump):
    page = await peer(alice)
    page.send(12, {"channel": {"agent_id": str(pump.id), "name": "no spaces/here"}})
    await page.until("WSSErrorEvent")
    page.send(12, {"channel": {"agent_id": "12x", "name": "level"}})
    await page.until("WSSErrorEvent")
    page.send(1)
    assert (await page.next())["op"] == 2


async def test_a_private_channel_is_for_those_with_the_right(peer, says, alice, bob, pump):
    await says(pump, pump, {"metres": 1})
    chief, viewer = await peer(alice), await peer(bob)
    await chief.subscribe(pump)
    await viewer.subscribe(pump)
    await chief.quiet()

    await run_sync(Channel.objects.filter(agent_id=pump.id).update, is_private=True)
    await says(pump, pump, {"metres": 2})
    await chief.until("AggregateUpdate")
    assert await viewer.quiet() == []

    await viewer.socket.check()
    await viewer.until("WSSErrorEvent")
    viewer.send(12, {"channel": {"agent_id": str(pump.id), "name": "level"}})
    await viewer.until("WSSErrorEvent")


async def test_a_slow_reader_does_not_get_what_became_private(peer, says, monkeypatch, bob, pump):
    monkeypatch.setattr(outbox, "MOST_FRAMES", 2)
    await says(pump, pump, {"metres": 1})
    viewer = await peer(bob)
    await viewer.subscribe(pump)
    await viewer.quiet()
    viewer.reading.clear()
    for metres in range(8):
        await says(pump, pump, {"metres": metres})
    await run_sync(Channel.objects.filter(agent_id=pump.id).update, is_private=True)
    await says(pump, pump, {"metres": "secret"})
    viewer.reading.set()
    assert "secret" not in str(await viewer.quiet(0.3))


async def test_a_foreign_organisation_is_refused(peer, alice):
    page = await peer(alice, identify=False)
    page.send(10, {"organisation_id": "77"})
    assert await page.closed() == 4403


async def test_a_revoked_token_ends_the_socket(peer, alice):
    page = await peer(alice)
    await run_sync(lambda: [token.revoke() for token in Token.objects.filter(agent_id=alice.id)])
    rights_changed([alice.id])
    assert (await page.until("websocket.close"))["code"] == 4401


async def test_the_session_is_cancelled_before_it_closes(peer, alice):
    page = await peer(alice)
    await run_sync(Token.objects.filter(agent_id=alice.id).delete)
    await page.socket.check()
    assert (await page.next())["op"] == 3
    assert await page.closed() == 4401


async def test_signing_out_ends_the_page_s_socket(hub, alice):
    key = await run_sync(session_of, alice)
    page = Peer(hub, [cookie(key)])
    await page.identify()
    await run_sync(SessionStore(key).delete)
    await page.socket.check()
    assert await page.closed() == 4401
    await page.drop()


async def test_leaving_the_organisation_ends_its_subscriptions(peer, says, bob, pump):
    await says(pump, pump, {"metres": 1})
    page = await peer(bob)
    await page.subscribe(pump)
    await run_sync(GroupGrant.objects.filter(user=bob).delete)
    await page.socket.check()
    assert "level" in (await page.until("WSSErrorEvent"))["d"]["message"]
    await says(pump, pump, {"metres": 2})
    assert await page.quiet() == []


async def test_an_expired_token_opens_nothing(hub, alice):
    token, _ = await run_sync(issue_access_token, alice, -5)
    page = Peer(hub, query=f"token={token}")
    assert await page.closed() == 4401


def function_at(pump):
    """The token that a function of Pump 7 works with, and the one it came from."""
    actor = Agent.objects.create(kind="app", organisation_id=pump.organisation_id, name="function")
    parent, _ = create_trigger_token(agent=actor, name="schedule 7", by=None)
    permissions = [{"permission_id": f"ag:{pump.id}", "permission": str(int(EVERYTHING))}]
    return parent, create_working_token(parent=parent, permissions=permissions, seconds=60)[1]


async def test_a_function_watches_what_it_was_given_until_its_trigger_is_removed(hub, says, alice, pump):
    parent, secret = await run_sync(function_at, pump)
    await says(alice, pump, {"metres": 1})
    function = Peer(hub, [("authorization", f"Bearer {secret}")])
    await function.identify()
    assert (await function.subscribe(pump))["d"]["aggregate"]["data"] == {"metres": 1}
    function.send(12, {"channel": {"agent_id": str(alice.id), "name": "level"}})
    await function.until("WSSErrorEvent")

    await run_sync(parent.revoke)
    rights_changed([parent.agent_id])
    assert await function.closed() == 4401


@pytest.mark.parametrize("how", ["ended from another browser", "the account is closed", "a new password"])
async def test_ending_a_session_ends_its_socket(hub, alice, bob, how):
    """The verbs tell the hub, which looks at once, not at its next round."""
    key = await run_sync(session_of, bob)
    page = Peer(hub, [cookie(key)])
    await page.identify()

    def end():
        if how == "the account is closed":
            return close_account(user=User.objects.select_related("agent").get(pk=bob.pk), by=None)
        if how == "a new password":
            bob.set_password("a quite different sentence")
            bob.save()
            return password_reset.send(sender=User, request=None, user=bob)
        ended = UserSession.objects.create(user=bob, session_key=key, ip="203.0.113.7", user_agent="x")
        return end_sessions(sessions=[ended], by=None)

    await run_sync(end)
    assert await page.closed() == 4401
    await page.drop()
