"""A whole server, a real Chromium, and somebody sitting at it."""

import functools
import json
import os
import time
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import expect, sync_playwright

from doover_web.standalone import browser, server

PASSWORD = "correct horse battery staple"
SEED = Path(__file__).with_name("seed.py")
# What a browser says by itself when a test cuts its connection, or asks for a page that is not there.
HARMLESS = ("net::ERR_", "WebSocket connection to", "WebSocket is closed")
MISSING = "/nothing"
# Where a form that does not fit is refused, and says so beside its field.
REFUSED = "/commands?part=commands"
USUAL = {"viewport": {"width": 1440, "height": 900}, "timezone_id": "Australia/Brisbane"}
# Cookies that a browser without scripts does not get.
BY_SCRIPT = {"zone"}
# Server, browser and the other worker's tests share a machine of two cores.
expect.set_options(timeout=20_000)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def portal(tmp_path_factory):
    """A running bin/serve with the cast; `portal.pump` and `portal.token` are Pump 7's."""
    with server.start(tmp_path_factory.mktemp("browser") / "var") as running:
        seeded = json.loads(running.manage("shell", text=SEED.read_text()).stdout.splitlines()[-1])
        running.pump, running.token, running.names = seeded["pump"], seeded["token"], seeded["names"]
        running.drawn = seeded["drawn"]
        yield running


@pytest.fixture(scope="session")
def chromium():
    with sync_playwright() as playwright:
        args = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
        yield playwright.chromium.launch(executable_path=browser.find(), args=[*args, "--disable-sync"])


class Device:
    """A device that says things over HTTP, with its own token."""

    def __init__(self, client):
        self.client = client

    def call(self, method, address, document=None):
        response = self.client.request(method, address, json=document)
        response.raise_for_status()
        return response.json()

    def state(self, patch, channel="tag_values"):
        return self.call("PATCH", f"{channel}/aggregate", patch)

    def says(self, data, channel="tag_values"):
        return self.call("POST", f"{channel}/messages", {"data": data})["id"]


@contextmanager
def speaking_as(portal, agent, token):
    base = f"{portal.url}/api/agents/{agent}/channels/"
    with httpx.Client(base_url=base, headers={"Authorization": f"Bearer {token}"}, timeout=20) as client:
        yield Device(client)


@pytest.fixture
def device(portal):
    """`device.state({...}, "tag_values")`: Pump 7 says something."""
    with speaking_as(portal, portal.pump, portal.token) as pump:
        yield pump


@pytest.fixture
def obey(device):
    """`obey("acknowledged")`: Pump 7 says what becomes of the newest command; its message."""

    def answer(code, said=None):
        end = time.monotonic() + 10
        while not (
            found := [one for one in device.call("GET", "ui_cmds/messages?limit=5") if one["data"]["type"] == "rpc"]
        ):
            assert time.monotonic() < end, "no command came"
            time.sleep(0.1)
        newest = max(found, key=lambda one: int(one["id"]))
        device.call("PATCH", f"ui_cmds/messages/{newest['id']}", {"data": {"status": {"code": code, "message": said}}})
        return newest["data"]

    return answer


@pytest.fixture
def tank(portal):
    """The device of fixture 01, a tank and its power supply."""
    with speaking_as(portal, portal.drawn["01"]["id"], portal.drawn["01"]["token"]) as one:
        one.id = portal.drawn["01"]["id"]
        yield one


def sign_in(page, name):
    page.goto("/accounts/login/")
    page.get_by_label("E-mail").fill(f"{name}@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: urlsplit(url).path == "/")


@pytest.fixture(scope="session")
def cookies_of(chromium, portal):
    """`cookies_of("alice")`: what a browser keeps of somebody who came through the door once."""

    @functools.cache
    def cookies(name):
        with chromium.new_context(base_url=portal.url, **USUAL) as context:
            sign_in(context.new_page(), name)
            return context.cookies()

    return cookies


@pytest.fixture
def sits(chromium, portal, cookies_of):
    """`page = sits("alice")`: somebody signed in at a browser that shows nothing yet; what its console complains of
    fails the test. `anew=True` signs in by hand, for whoever will sign out; `gone` begins the path of what will not be
    there any more, `played` is a status that the test answers with in the server's place."""
    contexts, complaints = [], []

    def sit(name, *, anew=False, gone=MISSING, played=None, **options):
        context = chromium.new_context(base_url=portal.url, **{**USUAL, **options})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(30_000)
        page.on("pageerror", lambda error: complaints.append(f"{error.message}\n{error.stack}"))
        page.on(
            "console",
            lambda message: complaints.append(message.text) if is_serious(message, gone, played) else None,
        )
        if name and anew:
            sign_in(page, name)
        elif name:
            by_script = {} if options.get("java_script_enabled", True) else BY_SCRIPT
            context.add_cookies([one for one in cookies_of(name) if one["name"] not in by_script])
        return page

    yield sit
    for context in contexts:
        context.close()
    assert complaints == []


def is_serious(message, gone, played):
    url = message.location.get("url", "")
    is_refused = url.endswith(REFUSED) and "status of 400" in message.text
    is_gone = urlsplit(url).path.startswith(gone) and "status of 404" in message.text
    is_played = played is not None and f"status of {played}" in message.text
    expected = is_gone or is_refused or is_played or any(one in message.text for one in HARMLESS)
    return message.type in ("error", "warning") and not expected


@pytest.fixture
def sees():
    """`sees(page, "home")`: keeps a picture, in the folder that DOOVER_PICTURES names; without one it takes none."""
    folder = os.environ.get("DOOVER_PICTURES")

    def see(page, name):
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            page.screenshot(path=Path(folder) / f"{name}.png")

    return see
