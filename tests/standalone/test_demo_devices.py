"""The simulated devices against a server that is sometimes away: nothing doubled, nothing lost."""

import asyncio
import subprocess
import sys

import httpx
import pytest

from doover_web.common.snowflake import ms_of
from doover_web.standalone.fleet import album as albums
from doover_web.standalone.fleet import client as clients
from doover_web.standalone.fleet import history
from doover_web.standalone.fleet.client import Address, Rejected
from doover_web.standalone.fleet.depot import Depot
from doover_web.standalone.fleet.device import Connected, Silent, Sleeper, lacking
from doover_web.standalone.fleet.outbox import Outbox, message_id
from doover_web.standalone.fleet.pump import Pump
from doover_web.standalone.fleet.weather import Weather
from tests.standalone.data_api import AGENT, NOW, DataApi, patient_client, stopped, until, working

HOUR_MS = 3_600_000


@pytest.fixture
def server():
    return DataApi()


@pytest.fixture
async def client(server, monkeypatch):
    async with patient_client(server, monkeypatch) as client:
        yield client


# --- outbox ---


async def test_the_outbox_keeps_order_and_moment_while_the_server_is_away(server, client):
    outbox = Outbox(client)
    server.away = 5
    for minute in range(3):
        outbox.put("tag_values", {"minute": minute}, NOW + minute * 60_000)

    work = await working(outbox.deliver())
    await until(lambda: not outbox)
    await stopped(work)

    kept = server.messages["tag_values"]
    assert [ms_of(one) for one in kept] == [NOW, NOW + 60_000, NOW + 120_000]
    assert [data["minute"] for data in kept.values()] == [0, 1, 2]


async def test_a_message_whose_answer_was_lost_is_kept_once(server, client):
    outbox = Outbox(client)
    server.deaf = 2
    outbox.put("tag_values", {"a": 1}, NOW)

    work = await working(outbox.deliver())
    await until(lambda: not outbox)
    await stopped(work)

    assert len(server.requests) == 3
    assert len(server.messages["tag_values"]) == 1


async def test_two_messages_of_one_millisecond_stay_two(client):
    outbox = Outbox(client)

    assert len({outbox.put("tag_values", {}, NOW) for _ in range(3)}) == 3
    assert outbox.put("notifications", {}, NOW) == message_id(NOW)


async def test_a_full_outbox_lets_the_oldest_go(client):
    outbox = Outbox(client, kept=2)
    for number in range(5):
        outbox.put("tag_values", {"n": number}, NOW + number)

    assert [letter.data["n"] for letter in outbox._letters] == [3, 4]


# --- client ---


async def test_a_refusal_is_told_from_an_absence(monkeypatch):
    async with patient_client(
        lambda request: httpx.Response(403, json={"message": "not yours"}), monkeypatch
    ) as client:
        with pytest.raises(Rejected, match="403"):
            await client.post("dv-audit", 1, {})


@pytest.mark.parametrize("status", [401, 429, 500, 503])
async def test_what_may_pass_is_an_absence(monkeypatch, status):
    async with patient_client(lambda request: httpx.Response(status), monkeypatch) as client:
        with pytest.raises(clients.Away):
            await client.post("tag_values", 1, {})


async def test_calls_that_fail_side_by_side_wait_as_for_one(monkeypatch):
    asked = []

    async def slowly_refuse(request):
        await asyncio.sleep(0.001)
        raise httpx.ConnectError("nobody there")

    async with patient_client(slowly_refuse, monkeypatch) as client:
        monkeypatch.setattr(clients, "pause", lambda failures: asked.append(failures) or 10)
        await asyncio.gather(*(client.post("tag_values", n, {}) for n in range(4)), return_exceptions=True)

    assert asked == [1]


def test_pauses_grow_to_a_limit():
    assert max(clients.pause(1) for _ in range(50)) <= 2
    assert min(clients.pause(100) for _ in range(50)) >= 9
    assert max(clients.pause(100) for _ in range(50)) <= 30


# --- history ---


async def test_the_past_is_written_backwards_and_goes_on_where_it_was_cut(server, client, monkeypatch):
    monkeypatch.setattr(history, "LONGEST_MS", 6 * HOUR_MS)
    monkeypatch.setattr(history, "YEAR_MS", 30 * HOUR_MS)
    monkeypatch.setattr(history, "TOGETHER", 5)
    work = await working(history.History(client, Pump()).fill_back(NOW))
    await until(lambda: len(server.messages.get("tag_values", {})) >= 7)
    await stopped(work)
    begun = dict(server.messages["tag_values"])
    before = len(server.requests)

    await history.History(client, Pump()).fill_back(NOW)

    kept = sorted(server.messages["tag_values"])
    hours = history.moments(NOW - 30 * HOUR_MS, NOW - 6 * HOUR_MS, HOUR_MS)
    assert [ms_of(one) for one in kept] == [*hours, *history.moments(NOW - 6 * HOUR_MS, NOW)]
    assert all(server.messages["tag_values"][one] == data for one, data in begun.items())
    assert len(server.requests) - before <= (len(kept) - len(begun)) / 5 + 3


async def test_a_past_that_was_cut_long_ago_goes_on_by_the_hour(server, client, monkeypatch):
    monkeypatch.setattr(history, "LONGEST_MS", 2 * HOUR_MS)
    monkeypatch.setattr(history, "YEAR_MS", 12 * HOUR_MS)
    server.messages["tag_values"] = {message_id(NOW - 5 * HOUR_MS): {"tank_1": {"level_pct": 50}}}

    await history.History(client, Pump()).fill_back(NOW)

    kept = [ms_of(one) for one in sorted(server.messages["tag_values"])]
    assert kept == list(range(NOW - 11 * HOUR_MS, NOW - 4 * HOUR_MS, HOUR_MS))


def test_long_ago_every_hour_has_its_numbers():
    tags = [data for ms in range(NOW, NOW + 6 * HOUR_MS, HOUR_MS) for _, data in history.far_entries(Depot(), ms)]

    assert all("supply_v" in one["gateway_1"] and "clients" in one["gateway_1"] for one in tags)
    assert len([one for one in tags if "quality" in one["gateway_1"]]) < len(tags) == 6


def test_a_year_has_outages_and_says_all_after_one():
    year = history.moments(NOW - history.YEAR_MS, NOW, HOUR_MS)
    told = {ms: list(history.far_entries(Pump(), ms)) for ms in year}

    silent = [ms for ms in year if not told[ms]]
    assert 24 < len(silent) < len(year) / 8
    back = next(ms for ms in year if told[ms] and ms - HOUR_MS in silent)
    [(channel, data)] = told[back]
    assert channel == "tag_values"
    assert set(data) == {"tank_1", "pump_1", "power_1"}


async def test_a_finished_past_is_left_alone(server, client, monkeypatch):
    monkeypatch.setattr(history, "LONGEST_MS", HOUR_MS)
    monkeypatch.setattr(history, "YEAR_MS", 3 * HOUR_MS)
    await history.History(client, Pump()).fill_back(NOW)
    server.requests.clear()

    await history.History(client, Pump()).fill_back(NOW)

    assert not [one for one in server.requests if one.startswith("POST")]


async def test_time_away_is_caught_up_oldest_first_and_once(server, client):
    server.messages["tag_values"] = {message_id(NOW - 3_000_000): {"pump_1": {"running": False}}}

    for _ in range(2):
        await history.History(client, Weather()).catch_up(NOW)

    caught = [ms_of(one) for one in server.messages["tag_values"]]
    assert caught == [NOW - 3_000_000, NOW - 2_700_000, NOW - 1_800_000, NOW - 900_000]
    assert len(server.messages["doover_connection"]) == 3


async def test_a_new_device_has_nothing_to_catch_up(server, client):
    await history.History(client, Pump()).catch_up(NOW)

    assert "POST" not in " ".join(server.requests)


def test_the_log_holds_what_changed_and_no_clock():
    [(channel, data)] = [one for one in history.entries(Pump(), NOW) if one[0] == "tag_values"]

    assert channel == "tag_values"
    assert "level_pct" in data["tank_1"]
    assert "last_read" not in data["tank_1"]
    assert "gauge_ranges" not in data["tank_1"]


# --- devices ---


def connected(client):
    return Connected(Pump(), client, NOW, Address("http://server", "server"), "token")


async def test_a_device_says_who_it_is_once(server, client):
    await connected(client).introduce({"config": Connected.CONNECTION}, NOW)
    server.requests.clear()

    await connected(client).introduce({"config": Connected.CONNECTION}, NOW + 1)

    assert set(server.states["ui_state"]["state"]["children"]) == {"tank_1", "pump_1", "power_1"}
    assert {channel: list(kept) for channel, kept in server.messages.items()} == {
        "location": [message_id(NOW)],
        "doover_connection": [message_id(NOW)],
    }
    assert not [one for one in server.requests if not one.startswith("GET")]


async def test_a_device_tells_only_what_differs(server, client):
    device = connected(client)
    await device.tell({"pump_1": {"running": True, "flow": 3.0}})
    server.states["tag_values"]["pump_1"]["running"] = "not ours to repeat"

    await device.tell({"pump_1": {"running": True, "flow": 2.9}})
    await device.tell({"pump_1": {"flow": 2.9}})

    assert server.states["tag_values"] == {"pump_1": {"flow": 2.9}}


async def test_a_state_that_was_not_told_is_told_later(server, client):
    device = connected(client)
    server.away = 1
    with pytest.raises(clients.Away):
        await device.tell({"pump_1": {"flow": 1.0}})

    await device.tell({"pump_1": {"flow": 2.0}})

    assert server.states["tag_values"] == {"pump_1": {"flow": 2.0}}


def test_a_changed_state_is_logged_at_once_and_a_number_when_it_is_time(client):
    device = connected(client)
    device.note({"pump_1": {"running": False, "flow": 0.0}}, NOW, anyway=True)

    device.note({"pump_1": {"running": False, "flow": 0.1}}, NOW + 2000, anyway=False)
    device.note({"pump_1": {"running": True, "flow": 0.2}}, NOW + 4000, anyway=False)

    logged = [letter.data for letter in device.outbox._letters]
    assert logged[1:] == [{"pump_1": {"flow": 0.1}}, {"pump_1": {"running": True, "flow": 0.2}}]


def test_what_rose_and_fell_between_two_entries_is_in_the_log(client):
    device = connected(client)
    device.note({"pump_1": {"running": True, "flow": 0.0}}, NOW, anyway=True)

    device.note({"pump_1": {"running": True, "flow": 1.7}}, NOW + 2000, anyway=False)
    device.note({"pump_1": {"running": False, "flow": 0.0}}, NOW + 4000, anyway=False)

    logged = [(letter.id, letter.data) for letter in device.outbox._letters]
    assert logged[1:] == [
        (message_id(NOW + 2000), {"pump_1": {"flow": 1.7}}),
        (message_id(NOW + 4000), {"pump_1": {"running": False, "flow": 0.0}}),
    ]


async def test_the_sleeper_reports_with_a_sign_of_life(server, client):
    device = Sleeper(Weather(), client, NOW)
    work = await working(device.outbox.deliver())

    await device._report(NOW)
    await until(lambda: not device.outbox)
    await stopped(work)

    connection = server.states["doover_connection"]
    assert connection["status"]["last_online"] == NOW
    assert connection["config"]["next_wake_time"] > NOW + 900_000
    assert list(server.messages["doover_connection"]) == [message_id(NOW)]
    assert server.states["tag_values"]["weather_1"]["temperature"]


async def test_the_silent_one_spoke_last_two_hours_before_the_demo(server, client, monkeypatch):
    monkeypatch.setattr(Silent, "is_fresh", lambda self: False)
    device = Silent(Pump(), client, NOW)

    await device.run()
    assert server.requests[-1] == f"PATCH /api/agents/{AGENT}/channels/doover_connection/aggregate"
    server.requests.clear()
    await device.run()

    connection = server.states["doover_connection"]
    assert connection["determination"] == "Offline"
    assert 2 * 3_600_000 <= NOW - connection["status"]["last_online"] < 2.25 * 3_600_000
    assert server.requests == [f"GET /api/agents/{AGENT}/channels/tag_values/aggregate"]


def test_lacking_takes_nothing_away():
    assert lacking({"a": 1, "c": {"x": 1, "y": 2}}, {"c": {"x": 1, "z": 3}}) == {"c": {"z": 3}}
    assert lacking({"a": 1}, {"a": 1}) == {}


# --- strangers to the platform ---


def test_the_fleet_loads_nothing_of_the_platform():
    program = (
        "import sys, doover_web.standalone.fleet.__main__\n"
        "print(sorted(n for n in sys.modules if n.partition('.')[0] in ('django', 'portal') "
        "or n.startswith('doover_web.') and n.split('.')[1] not in ('common', 'standalone')))"
    )

    assert subprocess.check_output([sys.executable, "-c", program], text=True).strip() == "[]"


async def test_the_pictures_of_the_past_are_kept_once(server, client, monkeypatch):
    monkeypatch.setattr(albums, "PAST_HOURS", 3)
    album = albums.Album(client)
    server.away = 1

    await album.fill_back(NOW)
    await album.fill_back(NOW)

    taken = server.messages["yard_camera"]
    assert [ms_of(one) for one in taken] == [NOW // 3_600_000 * 3_600_000 - n * 3_600_000 for n in range(3)]
    assert server.pictures == 3
    assert all(one["media"][0]["file"].endswith(".png") for one in taken.values())
