"""Published clients sign in: a profile that renews itself, a client id and secret, the command line with a code."""

import json
import os
import re
import subprocess
import time
from pathlib import Path

import httpx
import pytest

from tests.clients.conftest import Raised, Remote, environment_of

pytestmark = [pytest.mark.clients, pytest.mark.server, pytest.mark.timeout(300)]
PASSWORD = "correct horse battery staple"
SET_UP = f"""
import json
from doover_web.identity.actions.token import create_client_secret
from doover_web.identity.models import Agent, User
alice = User.objects.get(email="alice@example.com")
alice.set_password({PASSWORD!r})
alice.save()
token, secret = create_client_secret(agent=Agent.objects.get(name="pump-7"), name="Gateway box", by=None)
print(json.dumps({{"client_id": str(token.key), "client_secret": secret}}))
"""
CLI = "doover-cli-0.7.1"


@pytest.fixture(scope="module")
def pair(portal, cast):
    """Pump 7's client id and secret; from now on Alice has a password."""
    done = portal.manage("shell", "--verbosity=0", "--command", SET_UP)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(params=["DataClient", "AsyncDataClient"])
def pydoover(request):
    made = []

    def client_of(home, **options):
        made.append(Remote(environment_of("pydoover-1.18.3"), request.param, options, home))
        return made[-1]

    yield client_of
    for client in made:
        client.close()


def written(folder, block):
    (folder / ".doover").mkdir(exist_ok=True)
    (folder / ".doover" / "config").write_text(block)
    return folder


def logged(portal) -> str:
    return "".join(file.read_text(errors="replace") for file in Path(portal.place.logs).glob("*.log"))


def test_a_profile_renews_itself(portal, cast, pydoover, tmp_path):
    block = portal.manage("profile", "alice@example.com", "--name", "alice").stdout
    stale = re.sub(r"TOKEN_EXPIRES=.*", "TOKEN_EXPIRES=1.0", re.sub(r"(?m)^TOKEN=.*", "TOKEN=not.a-jwt", block))

    client = pydoover(written(tmp_path, stale), profile="alice")

    assert isinstance(client.list_channels(cast["pump"]), list)
    refresh_token = re.search(r"(?m)^REFRESH_TOKEN=(.+)$", block)[1]
    assert refresh_token not in logged(portal)


def test_a_profile_of_another_client_does_not(portal, cast, pydoover, tmp_path):
    block = portal.manage("profile", "alice@example.com", "--name", "alice").stdout
    stale = re.sub(r"TOKEN_EXPIRES=.*", "TOKEN_EXPIRES=1.0", block)
    foreign = re.sub(r"AUTH_SERVER_CLIENT_ID=.*", "AUTH_SERVER_CLIENT_ID=nobody", stale)
    client = pydoover(written(tmp_path, foreign), profile="alice")

    with pytest.raises(Raised) as raised:
        client.list_channels(cast["pump"])

    assert raised.value.name == "TokenRefreshError"
    assert "invalid_grant" in str(raised.value)


def test_a_client_id_and_secret(portal, cast, pair, pydoover, tmp_path):
    client = pydoover(tmp_path, base_url=f"{portal.url}/api", **pair)

    assert isinstance(client.list_channels(cast["pump"]), list)
    assert pair["client_secret"] not in logged(portal)


def test_a_wrong_secret(portal, cast, pair, pydoover, tmp_path):
    client = pydoover(tmp_path, base_url=f"{portal.url}/api", client_id=pair["client_id"], client_secret="wrong")

    with pytest.raises(Raised) as raised:
        client.list_channels(cast["pump"])

    assert raised.value.name == "TokenRefreshError"


def test_the_command_line_signs_in_with_a_code(portal, cast, pair, tmp_path):
    opened = tmp_path / "opened"
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {opened}.part && mv {opened}.part {opened}\n')
    browser.chmod(0o755)
    doover = environment_of(CLI).parent / "doover"
    environment = {
        "HOME": str(tmp_path),
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(Path(__file__).parent / "fixed_hosts"),
        "FIXED_HOSTS_LEAD_TO": portal.url,
        "DOOVER_SENTRY_ENABLED": "false",
        "BROWSER": f"{browser} %s",
    }
    told = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True, "env": environment}
    login = subprocess.Popen([doover, "login", "--profile", "site"], stdin=subprocess.DEVNULL, **told)
    try:
        address = _read(opened).replace("https://auth.doover.com", portal.url)
        with httpx.Client(base_url=portal.url, follow_redirects=True) as client:
            _say_yes(client, address)
        output, _ = login.communicate(timeout=60)
    finally:
        login.kill()
        login.wait(10)

    assert login.returncode == 0, output
    profile = dict(re.findall(r"(?m)^(\w+)=(.*)$", (tmp_path / ".doover" / "config").read_text()))
    headers = {"Authorization": f"Bearer {profile['TOKEN']}"}
    assert httpx.get(f"{portal.url}/api/agents/{cast['pump']}/channels", headers=headers).status_code == 200
    assert profile["REFRESH_TOKEN_ID"]
    assert not [secret for secret in (profile["TOKEN"], profile["REFRESH_TOKEN"]) if secret in logged(portal)]


def _read(file: Path) -> str:
    until = time.monotonic() + 60
    while not file.exists():
        assert time.monotonic() < until, "the command line opened no page"
        time.sleep(0.1)
    return file.read_text().strip()


def _say_yes(client: httpx.Client, address: str) -> None:
    """What a person does in the browser: sign in, compare the code, allow."""
    signing_in = client.get(address)
    assert signing_in.url.path == "/accounts/login/"
    form = {"login": "alice@example.com", "password": PASSWORD, **_hidden(signing_in.text)}
    confirm = client.post(signing_in.url, data=form, headers={"Referer": str(signing_in.url)})
    assert "Let Doover CLI in?" in confirm.text, confirm.text
    form = {**_hidden(confirm.text), "action": "allow"}
    done = client.post("/oauth2/device", data=form, headers={"Referer": str(confirm.url)})
    assert "is signed in" in done.text


def _hidden(page: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
