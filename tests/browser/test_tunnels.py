"""Remote access as somebody uses it: a device opens a tunnel to its own page, which is reached, closed and gone."""

import asyncio
import threading
from contextlib import contextmanager
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import expect

from doover_web.standalone.fleet.client import Address, Client, open_pool
from doover_web.standalone.fleet.link import Link
from doover_web.standalone.fleet.pump import Pump
from doover_web.standalone.fleet.tunnels import CHANNEL, Tunnels
from doover_web.standalone.fleet.web_page import draw


async def play(portal, stop):
    """What a simulated device does about tunnels, in Pump 7's name and by its token, until `stop` is set."""
    address = Address(portal.url, urlsplit(portal.url).netloc)
    plant = Pump()
    async with open_pool(address) as pool:
        client = Client(pool, "Pump 7", portal.pump, portal.token)
        tunnels = Tunnels(client, lambda: draw("Pump 7", plant.trees(), {"pump_1": {"flow": 3.456}}))
        link = Link(address, client.name, portal.pump, portal.token, [CHANNEL], tunnels.hear, ready)
        work = [asyncio.create_task(one()) for one in (link.keep_open, tunnels.serve, tunnels.report)]
        await stop.wait()
        for one in work:
            one.cancel()
        await asyncio.gather(*work, return_exceptions=True)


async def ready():
    """Nothing waits for the link but the channel itself."""


@contextmanager
def playing(portal):
    loop, stop = asyncio.new_event_loop(), asyncio.Event()
    thread = threading.Thread(target=lambda: loop.run_until_complete(play(portal, stop)))
    thread.start()
    try:
        yield
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(timeout=30)
        assert not thread.is_alive()
        loop.close()


def describe(page, name, port):
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("Port", exact=True).fill(port)
    page.get_by_label("Protocol").select_option("http")
    page.get_by_role("button", name="Add tunnel").click()
    return page.get_by_role("row").filter(has_text=name)


def delete(page, row):
    row.get_by_role("link", name="Change").click()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("The tunnel is gone")).to_be_visible()


@pytest.mark.timeout(180)
def test_the_page_of_a_device_is_reached_and_closed_again(sits, portal):
    page = sits("alice")
    with playing(portal):
        page.goto(f"/device/{portal.pump}/remote/")
        row = describe(page, "Its page", "80")
        row.get_by_role("button", name="Open tunnel").click()
        expect(row.locator("code")).to_contain_text("http://127.0.0.1:")  # nobody loaded the page again
        address = row.locator("code").inner_text()
        assert "<th>Flow</th><td>3.46 L/s</td>" in httpx.get(address, trust_env=False).text

        page.goto("/remote/?search=Its")
        page.get_by_role("button", name="Close").click()
        expect(page.get_by_role("button", name="Open tunnel")).to_be_visible()
        expect(page.locator("code")).to_have_count(0)
        with pytest.raises(httpx.ConnectError):
            httpx.get(address, trust_env=False)

        page.goto(f"/device/{portal.pump}/remote/")
        delete(page, row)


@pytest.mark.timeout(180)
def test_what_a_device_does_not_open_is_told_with_its_reason(sits, portal, sees):
    page = sits("alice")
    with playing(portal):
        page.goto(f"/device/{portal.pump}/remote/")
        row = describe(page, "Another door", "22")
        row.get_by_role("button", name="Open tunnel").click()

        expect(row).to_contain_text("The device could not open it")
        expect(row).to_contain_text("its own page alone, 127.0.0.1:80")
        sees(page, "tunnel-refused")
        row.get_by_role("button", name="Open tunnel").click()
        expect(row).to_contain_text("The device could not open it")
        delete(page, row)
