"""Settings on the socket: who may look hears of them without secrets, who may configure hears all."""

import json

CONFIG = {"applications": {"modem": {"apn": "iot", "password": "amber"}}}


async def test_a_state_a_change_and_a_message(peer, says, alice, bob, pump):
    await says(alice, pump, CONFIG, "deployment_config")
    watchers = {"alice": await peer(alice), "bob": await peer(bob)}
    heard = {who: [await one.subscribe(pump, "deployment_config")] for who, one in watchers.items()}

    await says(alice, pump, {"b": 1}, "deployment_config", log=True)
    for who, one in watchers.items():
        heard[who] += [await one.until("AggregateUpdate"), await one.until("MessageCreate")]
    assert json.dumps(heard["alice"]).count("amber") == 2
    assert "amber" not in json.dumps(heard["bob"])
    assert json.dumps(heard["bob"]).count("iot") == 2


async def test_what_is_read_anew(hub, peer, says, alice, bob, pump):
    watchers = {"alice": await peer(alice), "bob": await peer(bob)}
    for one in watchers.values():
        await one.subscribe(pump, "deployment_config")
        await one.quiet()
    await says(alice, pump, CONFIG, "deployment_config")
    for one in watchers.values():
        await one.until("AggregateUpdate")

    await hub.resync([(pump.id, "deployment_config")], again=True)
    synced = {who: json.dumps(await one.until("ChannelSync")) for who, one in watchers.items()}
    assert ("amber" in synced["alice"], "amber" in synced["bob"]) == (True, False)
    for who, one in watchers.items():
        await one.socket._renew([(pump.id, "deployment_config")])
        assert ("amber" in json.dumps(await one.until("ChannelSync"))) is (who == "alice")
        one.send(14, {"channel": {"agent_id": str(pump.id), "name": "deployment_config"}})
        assert ("amber" in json.dumps(await one.until("ChannelSync"))) is (who == "alice")


async def test_changes_of_a_message_carry_their_number(peer, says, alice, pump):
    watcher = await peer(alice)
    await watcher.subscribe(pump)
    kept = await says(alice, pump, {"a": 1}, verb="post_message")
    await says(alice, pump, {"b": 1}, verb="update_message", message_id=kept.id)
    await says(alice, pump, {"c": 1}, verb="update_message", message_id=kept.id)

    assert [(await watcher.until("MessageUpdate"))["s"] for _ in range(2)] == [1, 2]
