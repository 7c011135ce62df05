"""A function on Pump 7, and what is said about it."""

import pytest

from doover_web.identity.models import Agent
from tests.conftest import Api

EVERYTHING = "1099511627774"


def entry(agent, mask=EVERYTHING):
    return {"permission_id": f"ag:{agent.id}", "permission": str(mask)}


@pytest.fixture
def tank(creek):
    """Tank 3, another device of Tallow Creek Water."""
    return Agent.objects.create(kind=Agent.Kind.DEVICE, organisation=creek, name="tank-3", display_name="Tank 3")


@pytest.fixture
def put(api, pump):
    """`put(alice, "schedules", 7, …)`: registers something on Pump 7."""

    def put_as(who, kind, number, *, agent=pump, **body):
        body = {"app_key": "proc_1", "permissions": [], **body}
        return api(who).put(f"/api/agents/{agent.id}/processors/{kind}/{number}", body)

    return put_as


@pytest.fixture
def upgraded(put, alice):
    """`upgraded([entry(tank)])`: what a function of Pump 7 works with, which was given this."""

    def upgrade(permissions=(), number=7):
        token = put(alice, "schedules", number, permissions=list(permissions)).json()["token"]
        return Api(Api(token).get(f"/api/processors/schedules/{number}").json()["token"])

    return upgrade
