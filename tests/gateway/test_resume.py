"""A dropped session is taken up again, or cancelled and begun anew on the same socket (`data-api §15.3`)."""

from django.core.cache import cache
from peers import run_sync

from doover_web.gateway import consumers, sessions


async def test_a_dropped_session_comes_back_with_its_subscriptions(peer, says, alice, pump):
    await says(pump, pump, {"metres": 1})
    page = await peer(alice, pages=True)
    await page.subscribe(pump)
    await page.drop(1006)
    await says(pump, pump, {"metres": 2})

    again = await peer(alice, identify=False)
    await again.until("Hello")
    first = page.ready["d"]
    again.send(11, {"session_id": first["session_id"], "session_token": first["session_token"]})
    again.ready = await again.next()
    ready = again.ready["d"]
    assert ready["session_id"] == first["session_id"]
    channel = {"agent_id": str(pump.id), "name": "level"}
    assert ready["subscriptions"] == [{"channel": channel, "organisation_id": None, "diff_only": False}]
    assert (await again.next())["d"]["aggregate"]["data"] == {"metres": 2}
    await says(pump, pump, {"metres": 3})
    assert (await again.until("AggregateUpdate"))["d"]["aggregate"]["data"] == {"metres": 3}
    assert again.socket.pages


async def refused(one, session_id, token):
    one.send(11, {"session_id": session_id, "session_token": token})
    assert (await one.next())["op"] == 3
    assert (await one.next())["t"] == "Hello"


async def test_a_bad_resume_starts_over_on_the_same_socket(peer, alice, mallory):
    page = await peer(alice)
    mine = page.ready["d"]
    await page.drop(1006)

    other = await peer(mallory, identify=False)
    await other.until("Hello")
    await refused(other, mine["session_id"], mine["session_token"])

    again = await peer(alice, identify=False)
    await again.until("Hello")
    await refused(again, "nonsense", "nonsense")
    await refused(again, "1", "nonsense")
    await refused(again, mine["session_id"], "nonsense")
    await refused(again, None, None)
    again.send(10, {})
    assert (await again.until("Ready"))["d"]["session_id"] != mine["session_id"]


async def test_a_session_is_taken_up_once(peer, alice):
    page = await peer(alice)
    mine = page.ready["d"]
    await page.drop(1006)
    one, two = await peer(alice, identify=False), await peer(alice, identify=False)
    await one.until("Hello")
    await two.until("Hello")
    one.send(11, {"session_id": mine["session_id"], "session_token": mine["session_token"]})
    await one.until("Ready")
    await refused(two, mine["session_id"], mine["session_token"])


async def test_a_session_that_said_goodbye_is_over(peer, alice):
    page = await peer(alice)
    mine = page.ready["d"]
    await page.drop(1000)
    again = await peer(alice, identify=False)
    await again.until("Hello")
    await refused(again, mine["session_id"], mine["session_token"])


async def test_only_a_hash_of_the_secret_is_kept(peer, alice):
    page = await peer(alice)
    await page.drop(1006)
    kept = await run_sync(cache.get, f"gateway.session.{page.ready['d']['session_id']}")
    assert page.ready["d"]["session_token"] not in str(kept)
    assert sessions.RESUMABLE_SECONDS == 60


async def test_what_is_no_longer_allowed_is_missing_after_a_resume(peer, says, bob, pump):
    await says(pump, pump, {})
    page = await peer(bob)
    await page.subscribe(pump)
    mine = page.ready["d"]
    await page.drop(1006)
    await run_sync(bob.grants.all().delete)
    again = await peer(bob, identify=False)
    await again.until("Hello")
    again.send(11, {"session_id": mine["session_id"], "session_token": mine["session_token"]})
    assert (await again.until("Ready"))["d"]["subscriptions"] == []


async def test_whoever_does_not_identify_is_closed(peer, monkeypatch, alice):
    monkeypatch.setattr(consumers, "IDENTIFY_SECONDS", 0.05)
    page = await peer(alice, identify=False)
    assert await page.closed() == 4408
