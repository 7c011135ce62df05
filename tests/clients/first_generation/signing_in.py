"""Passwords, second factors, tokens and profiles."""

import base64
import builtins
import hashlib
import hmac
import struct
import time
from datetime import UTC, datetime, timedelta

from pydoover.cloud.api import Client, Forbidden
from pydoover.cloud.api.config import ConfigEntry, ConfigManager

from . import AGENT, HOME, WORLD
from .stage import by_token, raises

PAST = datetime.now(UTC) - timedelta(hours=1)


def by_password(email=WORLD["email"], **more):
    return Client(username=email, password=WORLD["password"], base_url=WORLD["base_url"], **more)


def story_username_and_password():
    called = []
    client = by_password(login_callback=lambda: called.append(True))
    raises(AttributeError, client.get_agent_list)  # it asks for nothing before it has signed in
    client.login()
    assert called == [True]
    assert client.agent_id == WORLD["user"]
    assert timedelta(minutes=15) < client.access_token.expires_at - datetime.now(UTC) < timedelta(minutes=25)
    assert {one.name for one in client.get_agent_list()} >= {"bore-4"}


def story_an_expired_token_is_renewed():
    client = by_password(token="over", token_expires=PAST)
    assert client.get_agent(AGENT).name == "bore-4"
    assert client.access_token.token != "over"
    raises(RuntimeError, by_token("over", token_expires=PAST).get_agent, AGENT)


def story_a_wrong_password():
    client = by_password()
    client.password = "wrong"
    raises(RuntimeError, client.login)


def story_two_factors():
    asked = builtins.input
    builtins.input = lambda *_: code_of(WORLD["totp_secret"])
    try:
        client = by_password(WORLD["totp_email"])
        client.login()
        builtins.input = lambda *_: "000000"
        raises(RuntimeError, by_password(WORLD["totp_email"]).login)
    finally:
        builtins.input = asked
    assert client.get_agent(client.agent_id).type == "doover_users | user"


def code_of(secret):
    counter = struct.pack(">Q", int(time.time()) // 30)
    digest = hmac.new(base64.b32decode(secret), counter, hashlib.sha1).digest()
    start = digest[-1] & 15
    return str((struct.unpack(">I", digest[start : start + 4])[0] & 0x7FFFFFFF) % 10**6).zfill(6)


def story_profiles():
    manager = ConfigManager("default")
    given = {"agent_id": AGENT, "base_url": WORLD["base_url"]}
    manager.create(ConfigEntry("default", token=WORLD["token"], username="", password="", **given))
    over = {"token": "over", "token_expires": PAST, "username": WORLD["email"], "password": WORLD["password"]}
    manager.create(ConfigEntry("over", **over, **given))
    manager.create(ConfigEntry("empty", **given))
    manager.write()
    assert (HOME / ".doover" / "config").read_text().startswith("[profile=default]\nUSERNAME=\n")
    assert Client().get_agent(AGENT).id == AGENT
    assert Client(config_profile="over").get_agent(AGENT).id == AGENT
    raises(Forbidden, Client(config_profile="empty").get_agent, AGENT)
    raises(RuntimeError, Client, config_profile="no-such-profile")


def story_a_printed_profile():
    folder = HOME / ".doover"
    folder.mkdir(exist_ok=True)
    (folder / "config").write_text(WORLD["profile"])
    client = Client(config_profile="printed")
    assert client.agent_id == WORLD["user"]
    assert client.get_agent(AGENT).name == "bore-4"
    assert timedelta(days=300) < client.access_token.expires_at - datetime.now(UTC)


def story_a_base_address_with_a_slash():
    base_url = WORLD["base_url"] + "/"
    client = by_token(base_url=base_url)
    channel = client.create_channel("slashed", AGENT)
    channel.publish({"a": 1})
    assert len(channel.fetch_messages(5)) == 1
    person = by_password()
    person.base_url = base_url
    person.login()
    assert person.get_agent(AGENT).name == "bore-4"
