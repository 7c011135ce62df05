"""Commands reach a simulated device, are answered in their message, and leave their mark."""

import pytest

from doover_web.standalone.fleet.obey import Obedience
from doover_web.standalone.fleet.outbox import Outbox, message_id
from doover_web.standalone.fleet.plant import Deed
from doover_web.standalone.fleet.pump import Pump
from tests.standalone.data_api import AGENT, NOW, DataApi, patient_client, until


@pytest.fixture
def server():
    return DataApi()


@pytest.fixture
async def client(server, monkeypatch):
    async with patient_client(server, monkeypatch) as client:
        yield client


def command(number=1, method="speed", request=40, **more):
    data = {"type": "rpc", "app_key": "pump_1", "method": method, "request": request, **more}
    return {"id": str(message_id(NOW + number)), "channel": {"agent_id": AGENT, "name": "ui_cmds"}, "data": data}


@pytest.fixture
def sent(server):
    """Puts a command into the channel as a page would, and returns its event."""

    def send(message):
        server.messages.setdefault("ui_cmds", {})[int(message["id"])] = message["data"]
        return message

    return send


def obedience(client, plant=None):
    return Obedience(plant or Pump(), client, Outbox(client), lambda: None)


async def test_a_command_is_acknowledged_done_answered_and_kept(server, client, sent):
    orders = obedience(client)
    message = sent(command())

    orders.hear("MessageCreate", message)
    await until(lambda: not orders._running)

    kept = server.messages["ui_cmds"][int(message["id"])]
    assert kept["status"]["code"] == "success"
    assert kept["response"] == {"speed": 40}
    assert server.states["ui_cmds"] == {"pump_1": {"speed": 40}}
    assert orders._outbox._letters[0].data == {"type": "log", "app_key": "pump_1", "key": "speed", "value": 40}


async def test_what_has_to_wait_says_until_when(server, client, sent):
    plant, seen = Pump(), []
    message = sent(command())
    deed = Deed(lambda t: seen.append(server.messages["ui_cmds"][int(message["id"])]["status"]), waits=0.01)
    plant.order = lambda *_: deed
    orders = obedience(client, plant)

    orders.hear("MessageCreate", message)
    await until(lambda: not orders._running)

    [meanwhile] = seen
    assert meanwhile["code"] == "deferred"
    assert meanwhile["message"]["until"] == meanwhile["message"]["at"] + 10


async def test_a_refused_command_says_why_and_keeps_nothing(server, client, sent):
    orders = obedience(client)
    message = sent(command(request=90))

    orders.hear("MessageCreate", message)
    await until(lambda: not orders._running)

    status = server.messages["ui_cmds"][int(message["id"])]["status"]
    assert (status["code"], status["message"]["code"]) == ("error", "BAD_VALUE")
    assert "ui_cmds" not in server.states


async def test_a_command_that_breaks_the_device_is_an_internal_error(server, client, sent):
    plant = Pump()
    plant.order = lambda *_: Deed(lambda t: 1 / 0)
    orders = obedience(client, plant)
    message = sent(command())

    orders.hear("MessageCreate", message)
    await until(lambda: not orders._running)

    assert server.messages["ui_cmds"][int(message["id"])]["status"]["message"]["code"] == "INTERNAL_ERROR"


async def test_a_command_heard_twice_is_done_once(server, client, sent):
    orders = obedience(client)
    message = sent(command())

    orders.hear("MessageCreate", message)
    orders.hear("MessageCreate", message)
    await until(lambda: not orders._running)
    orders.hear("MessageCreate", message)

    assert not orders._running
    assert sum(one.startswith("PATCH") and "messages" in one for one in server.requests) == 2


async def test_an_unknown_command_is_not_answered(client, server, sent):
    orders = obedience(client)

    orders.hear("MessageCreate", sent(command(method="dance")))

    assert not orders._running
    assert not server.requests


async def test_a_cancelled_command_stops(server, client, sent):
    orders = obedience(client)
    message = sent(command(method="stop_pump", request=1))
    orders.hear("MessageCreate", message)
    await until(lambda: server.messages["ui_cmds"][int(message["id"])].get("status", {}).get("code") == "pending")

    withdrawn = {"status": {"code": "error", "message": {"cancelled_at": 1}}}
    orders.hear("MessageUpdate", {"message": {**message, "data": {**message["data"], **withdrawn}}})
    await until(lambda: not orders._running)

    assert orders._plant.run is None


async def test_what_was_sent_meanwhile_is_taken_up_and_what_was_begun_is_given_back(server, client, sent):
    waiting = sent(command(1))
    begun = sent(command(2, status={"code": "pending"}))
    orders = obedience(client)

    await orders.look_back()
    await until(lambda: not orders._running)

    kept = server.messages["ui_cmds"]
    assert kept[int(waiting["id"])]["status"]["code"] == "success"
    assert kept[int(begun["id"])]["status"]["message"]["code"] == "INTERRUPTED"


async def test_a_setting_written_into_the_state_is_adopted_unless_we_wrote_it(client):
    orders = obedience(client)
    event = {"channel": {"name": "ui_cmds"}, "aggregate": {"data": {"pump_1": {"speed": 44}}}}

    orders.hear("AggregateUpdate", {**event, "author_id": AGENT})
    assert orders._plant.set["pump_1"]["speed"] == 35

    orders.hear("AggregateUpdate", {**event, "author_id": "7"})
    assert orders._plant.set["pump_1"]["speed"] == 44
