"""A simulated device opens tunnels to its own page: real bytes, in time, and to nothing else."""

import asyncio
import ipaddress
import socket
import time

import httpx
import pytest

from doover_web.standalone.fleet.forward import Forward
from doover_web.standalone.fleet.plant import Tags
from doover_web.standalone.fleet.pump import Pump
from doover_web.standalone.fleet.tunnels import CHANNEL, MOST, Tunnels, wishes
from doover_web.standalone.fleet.web_page import draw
from tests.standalone.data_api import DataApi, patient_client, stopped, until, working

PAGE = {"id": "7", "name": "Pump's page", "hostname": "127.0.0.1", "port": 80, "protocol": "http"}
HOUR_MS = 3_600_000
READ: Tags = {"pump_1": {"flow": 3.456, "state": "Running", "running": True}}


def now():
    return int(time.time() * 1000)


def wanted(ms=HOUR_MS, **more):
    return {**PAGE, "wanted_until": now() + ms, **more}


class Site:
    """The device's channel on the server, and what it says there."""

    def __init__(self, server, tunnels):
        self.server, self.tunnels = server, tunnels

    def describe(self, listed):
        """The server's word: which tunnels there are."""
        state = self.server.states.setdefault(CHANNEL, {})
        state["tunnels"] = listed
        self.tunnels.hear("AggregateUpdate", {"channel": {"name": CHANNEL}, "aggregate": {"data": dict(state)}})

    def status(self, key="7"):
        return self.server.states.get(CHANNEL, {}).get("status", {}).get(key) or {}

    async def says(self, state, key="7"):
        await until(lambda: self.status(key).get("state") == state, seconds=10)
        return self.status(key)


@pytest.fixture
async def site(monkeypatch):
    server = DataApi()
    async with patient_client(server, monkeypatch) as client:
        tunnels = Tunnels(client, lambda: draw("Pump 7", Pump().trees(), READ))
        work = [await working(tunnels.serve()), await working(tunnels.report())]
        yield Site(server, tunnels)
        for task in work:
            await stopped(task)


async def get(endpoint, method="GET", path="/"):
    async with httpx.AsyncClient(trust_env=False) as client:
        return await client.request(method, f"http://{endpoint}{path}")


async def what_comes(reader):
    """All that comes until the other side ends it, in good order or not."""
    try:
        return await asyncio.wait_for(reader.read(), 10)
    except ConnectionError:
        return b""


def is_refused(endpoint):
    host, port = endpoint.split(":")
    with socket.socket() as one:
        return one.connect_ex((host, int(port))) != 0


# --- opening and closing ---


async def test_it_says_at_once_that_something_here_opens_tunnels(site):
    site.describe({})

    await until(lambda: site.server.states[CHANNEL].get("status") == {})


async def test_what_is_wanted_opens_on_this_machine_and_shows_the_page(site):
    site.describe({"7": wanted()})
    endpoint = (await site.says("open"))["endpoint"]

    page = await get(endpoint)

    assert endpoint.startswith("127.0.0.1:")
    assert page.status_code == 200
    assert "<h1>Pump 7</h1>" in page.text
    assert "<th>Flow</th><td>3.46 L/s</td>" in page.text
    assert "<th>Running</th>" not in page.text  # hidden on the device's page too


async def test_what_is_taken_back_closes(site):
    site.describe({"7": wanted()})
    endpoint = (await site.says("open"))["endpoint"]

    site.describe({"7": {**PAGE, "wanted_until": None}})
    said = await site.says("closed")

    assert "endpoint" not in said
    assert is_refused(endpoint)


async def test_who_is_connected_is_cut_when_it_closes(site):
    site.describe({"7": wanted()})
    host, port = (await site.says("open"))["endpoint"].split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"GET / HTTP/1.1\r\n")

    site.describe({"7": {**PAGE, "wanted_until": None}})

    assert await what_comes(reader) == b""
    writer.close()


async def test_it_closes_by_itself_when_the_time_is_over_though_the_server_is_away(site):
    site.describe({"7": wanted()})
    endpoint = (await site.says("open"))["endpoint"]
    site.server.away = 1_000_000_000
    site.describe({"7": wanted(300)})

    await until(lambda: is_refused(endpoint), seconds=10)

    site.server.away = 0
    assert await site.says("closed")


async def test_more_time_keeps_the_port(site):
    site.describe({"7": wanted()})
    endpoint = (await site.says("open"))["endpoint"]

    site.describe({"7": wanted(2 * HOUR_MS)})
    site.describe({"7": wanted(2 * HOUR_MS), "8": wanted()})
    await site.says("open", "8")

    assert site.status()["endpoint"] == endpoint
    assert (await get(endpoint)).status_code == 200


async def test_what_was_open_before_a_restart_is_said_anew(site):
    told = {"7": {"state": "open", "endpoint": "127.0.0.1:9"}, "8": {"state": "open", "endpoint": "127.0.0.1:9"}}
    site.server.states[CHANNEL] = {"status": {**told, "9": {"state": "closed"}, "10": {"state": "open"}}}

    site.describe({"7": wanted(), "8": {**PAGE, "id": "8"}, "9": {**PAGE, "id": "9"}})
    await until(lambda: site.status()["endpoint"] != "127.0.0.1:9")

    status = site.server.states[CHANNEL]["status"]
    assert (status["8"]["state"], status["9"]) == ("closed", {"state": "closed"})
    assert "10" not in status  # there is no such tunnel any more


async def test_there_is_an_end_to_how_many(site):
    site.describe({str(number): wanted() for number in range(MOST + 1)})

    await until(lambda: len(site.server.states[CHANNEL].get("status", {})) == MOST + 1)

    states = [one["state"] for one in site.server.states[CHANNEL]["status"].values()]
    assert states == ["open"] * MOST + ["error"]


# --- no way into the machine ---


@pytest.mark.parametrize(
    "target",
    [
        {"port": 22},
        {"port": 5432},
        {"hostname": "192.168.1.20"},
        {"hostname": "169.254.169.254"},
        {"hostname": "::1"},
        {"hostname": "0.0.0.0"},
        {"hostname": None},
        {"hostname": ["127.0.0.1"]},
        {"port": "80"},
        {"protocol": "rtsp"},
        {"protocol": "https"},
    ],
)
async def test_any_other_target_is_refused_with_a_reason(site, target):
    site.describe({"7": wanted(**target)})

    said = await site.says("error")

    assert "its own page alone, 127.0.0.1:80" in said["error"]
    assert "endpoint" not in said


async def test_asked_anew_it_says_anew_why_not(site):
    site.describe({"7": wanted(port=22)})
    await site.says("error")
    site.server.states[CHANNEL]["status"] = {}  # what the server does when somebody tries again

    site.describe({"7": wanted(2 * HOUR_MS, port=22)})

    assert "by http" in (await site.says("error"))["error"]


async def test_a_changed_target_closes_what_is_open(site):
    site.describe({"7": wanted()})
    endpoint = (await site.says("open"))["endpoint"]

    site.describe({"7": wanted(hostname="10.0.0.1")})
    await site.says("error")

    assert is_refused(endpoint)


async def test_only_whom_it_names_may_use_it(site):
    site.describe({"7": wanted(allow_cidr=["203.0.113.0/24"]), "8": wanted(allow_cidr=["127.0.0.0/8", "::1/128"])})
    strict, ours = [(await site.says("open", key))["endpoint"] for key in ("7", "8")]

    with pytest.raises(httpx.TransportError):
        await get(strict)
    assert (await get(ours)).status_code == 200


async def test_nobody_may_use_one_that_names_nobody(site):
    site.describe({"7": wanted(allow_cidr=[])})
    endpoint = (await site.says("open"))["endpoint"]

    with pytest.raises(httpx.TransportError):
        await get(endpoint)


@pytest.mark.parametrize("allow", ["127.0.0.1", [None], ["here"], 5, {"127.0.0.1": 1.5, "x": 2}])
async def test_a_list_that_cannot_be_read_opens_nothing(site, allow):
    site.describe({"7": wanted(allow_cidr=allow)})

    assert "cannot be read" in (await site.says("error"))["error"]


@pytest.mark.parametrize(
    "document", [None, [], "x", {"tunnels": []}, {"tunnels": {"7": None}}, {"tunnels": {"7": {"wanted_until": "soon"}}}]
)
def test_what_is_no_wish_is_none(document):
    assert wishes(document, 0) == {}


# --- the page ---


@pytest.mark.parametrize(
    ("method", "path", "status"), [("POST", "/", 405), ("DELETE", "/", 405), ("GET", "/etc/passwd", 404)]
)
async def test_the_page_is_to_be_looked_at(site, method, path, status):
    site.describe({"7": wanted()})

    answer = await get((await site.says("open"))["endpoint"], method, path)

    assert answer.status_code == status
    assert "Pump 7" not in answer.text


async def test_a_head_is_told_without_a_body(site):
    site.describe({"7": wanted()})

    answer = await get((await site.says("open"))["endpoint"], "HEAD", "/?now")

    assert (answer.status_code, answer.content) == (200, b"")
    assert int(answer.headers["content-length"]) > 100


@pytest.mark.parametrize("sent", [b"nonsense\r\n\r\n", b"GET / HTTP/1.1\r\nX: " + b"x" * 20_000, b""])
async def test_what_is_no_request_gets_nothing(site, sent):
    site.describe({"7": wanted()})
    host, port = (await site.says("open"))["endpoint"].split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(sent)
    writer.write_eof()

    assert await what_comes(reader) == b""
    writer.close()


def test_what_a_device_reads_is_no_markup():
    tree = {"t": {"displayString": "<b>", "children": {"x": {"type": "uiVariable", "displayString": "<i>"}}}}

    page = draw("<h1>", tree, {"t": {"x": "<script>"}})

    assert "<b>" not in page
    assert "<i>" not in page
    assert "&lt;script&gt;" in page


# --- bytes ---


async def test_many_bytes_go_both_ways_unchanged():
    async def echo(reader, writer):
        while data := await reader.read(4096):
            writer.write(data)
            await writer.drain()
        writer.close()

    sent = bytes(range(256)) * 4096
    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    forward = Forward(server.sockets[0].getsockname()[1], [ipaddress.ip_network("127.0.0.1/32")])
    host, port = (await forward.open()).split(":")
    reader, writer = await asyncio.open_connection(host, int(port))

    async def send():
        writer.write(sent)
        await writer.drain()
        writer.write_eof()

    _, received = await asyncio.wait_for(asyncio.gather(send(), reader.read()), 20)

    assert received == sent
    writer.close()
    await forward.close()
    server.close()
