"""Old clients: `Authorization: Token`, UUID keys, seconds."""

import json

import pytest
from django.test import Client

from doover_web.data.access import reach_agent
from doover_web.identity.auth import caller_of_user, issue_access_token, issue_device_token


class Old:
    """A client of the first generation that calls as one agent."""

    def __init__(self, token):
        self.token, self.client = token, Client()

    def __getattr__(self, method):
        def call(path, body=None, *, raw=None, content_type="application/json", **headers):
            content = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
            auth = {"authorization": f"Token {self.token}"} if self.token else {}
            return self.client.generic(method.upper(), path, content, content_type=content_type, headers=auth | headers)

        return call


@pytest.fixture
def old(alice):
    """Alice, with a script of the first generation."""
    return Old(issue_access_token(alice)[0])


@pytest.fixture
def old_of():
    return lambda user: Old(issue_access_token(user)[0])


@pytest.fixture
def history(old, at_pump):
    """`history("level")`: the messages of a channel of Pump 7, the newest first."""

    def read(name, rest=""):
        answer = old.get(at_pump(name) + "messages/" + rest)
        return json.loads(b"".join(answer) if answer.streaming else answer.content)["messages"]

    return read


@pytest.fixture
def old_pump(pump):
    return Old(issue_device_token(pump))


@pytest.fixture
def at_pump(pump):
    """`at_pump("level")`: the address of a channel of Pump 7 by name."""
    return lambda name: f"/ch/v1/agent/{pump.key}/{name}/"


@pytest.fixture
def at(alice, pump):
    return reach_agent(caller_of_user(alice), pump.id)
