"""Lists cost as many queries when they are long as when they are short."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from doover_web.control.models import Application, Device, Tunnel
from doover_web.identity.models import Agent

pytestmark = pytest.mark.django_db


def more_agents(creek, pump):
    for number in range(4):
        agent = Agent.objects.create(kind="device", organisation=creek, name=f"bore-{number}-{Agent.objects.count()}")
        Device.objects.create(agent=agent, extra_config={"SITE": "north"})


def more_tunnels(creek, pump):
    for _ in range(4):
        Tunnel.objects.create(device=pump, name="ssh", hostname="127.0.0.1", port=22 + Tunnel.objects.count())


def more_applications(creek, pump):
    for _ in range(4):
        name = f"app_{Application.objects.count()}"
        Application.objects.create(organisation=creek, name=name, display_name=name, type="DEV")


@pytest.mark.parametrize(
    ("address", "more", "least"),
    [
        ("/ch/v1/list_agents/", more_agents, 8),
        ("/ch/v1/agent/{pump}/dd_tunnels/", more_tunnels, 8),
        ("/apps/api/v1/applications/", more_applications, 8),
    ],
)
def test_a_list(old, creek, pump, address, more, least):
    counts = []
    old.get(address.format(pump=pump.key))
    for _ in range(2):
        more(creek, pump)
        with CaptureQueriesContext(connection) as queries:
            found = old.get(address.format(pump=pump.key)).json()
        counts.append(len(queries))

    assert len(found if isinstance(found, list) else next(iter(found.values()))) >= least
    assert counts[0] == counts[1]


def test_the_channels_of_an_agent(old, at_pump, pump):
    counts = []
    for start in (0, 4):
        for number in range(start, start + 4):
            old.post(at_pump(f"level-{number}"))
        with CaptureQueriesContext(connection) as queries:
            found = old.get(f"/ch/v1/agent/{pump.key}/").json()["channels"]
        counts.append(len(queries))

    assert len(found) == 8
    assert counts[0] == counts[1]


def test_messages_of_many_authors(old, old_pump, at_pump, history):
    counts = []
    for _ in range(2):
        for number in range(4):
            (old if number % 2 else old_pump).post(at_pump("level"), {"msg": {"n": number}, "record_log": True})
        with CaptureQueriesContext(connection) as queries:
            assert len({one["agent"] for one in history("level")}) == 2
        counts.append(len(queries))

    assert counts[0] == counts[1]
