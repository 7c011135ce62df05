"""What the first page of a large fleet costs at the Control API and on the home page, over HTTP:
`bin/bench fleet [--devices 10000] [--calls 60]`."""

import argparse
import statistics
import sys
import time

import httpx
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bench.server import running_web
from doover_web.control.models import Device, DeviceType
from doover_web.identity.actions.member import add_member
from doover_web.identity.actions.token import create_personal_token
from doover_web.identity.models import Agent, Group, Organisation, OrganisationRole, User

GROUPS = 100
PAGES = {
    "Control API, first 100": "/devices/?archived=false&page=1&per_page=100",
    "Control API, by display name": "/devices/?archived=false&ordering=display_name&per_page=100",
    "Control API, search": "/devices/?search=device%2077&per_page=100",
    "Control API, one group and below": "/devices/?group_tree={group}&per_page=100",
    "Home page": "/",
    "Beside its list": "/home/beside/",
}


def main() -> None:
    """A table of milliseconds and statements, each address asked again and again."""
    parser = argparse.ArgumentParser("bin/bench fleet")
    parser.add_argument("--devices", type=int, default=10_000)
    parser.add_argument("--calls", type=int, default=60)
    asked = parser.parse_args(sys.argv[2:])
    user, group = fleet(asked.devices)
    token = create_personal_token(user=user, name="bench", scope="full", days=1, by=None)[1]
    cookie = session(user)
    print(f"{asked.devices:,} devices in {GROUPS} groups\n")
    print("| list | ms, median | ms, p95 | statements | bytes |")
    print("|---|---|---|---|---|")
    with running_web() as web, httpx.Client(base_url=web.url, timeout=60) as client:
        for what, path in PAGES.items():
            address = path.format(group=group.id)
            by_token = {"authorization": f"Bearer {token}"}
            headers = {"cookie": cookie, "accept": "text/html"} if path in ("/", "/home/beside/") else by_token
            times, size = asked_of(client, address, headers, asked.calls)
            statements = statements_of(address, {**headers, "host": client.base_url.netloc.decode()})
            p95 = statistics.quantiles(times, n=20)[-1]
            print(f"| {what} | {statistics.median(times):,.0f} | {p95:,.0f} | {statements} | {size:,} |")


def asked_of(client: httpx.Client, address: str, headers: dict[str, str], calls: int) -> tuple[list[float], int]:
    times, size = [], 0
    for number in range(calls + 5):
        start = time.perf_counter()
        response = client.get(address, headers=headers)
        if number >= 5:  # the first few load what stays
            times.append((time.perf_counter() - start) * 1000)
        assert response.status_code == 200, response.text[:300]
        size = len(response.content)
    return times, size


def statements_of(address: str, headers: dict[str, str]) -> int:
    """How many statements one more request takes in this process."""
    client = Client(headers=headers)
    client.get(address)
    with CaptureQueriesContext(connection) as seen:
        response = client.get(address)
    assert response.status_code == 200, response.content[:300]
    return len(seen)


def fleet(devices: int) -> tuple[User, Group]:
    organisation = Organisation.objects.found("Bench fleet")
    user = User.objects.create_user(f"fleet-{organisation.id}@example.com")
    add_member(organisation=organisation, user=user, role=OrganisationRole.objects.built_in("Admin"), by=None)
    root = organisation.root_group
    groups = [Group.objects.create(organisation=organisation, parent=root, name=f"Group {n}") for n in range(GROUPS)]
    kind = DeviceType.objects.create(organisation=organisation, name="Bench")
    agents = [
        Agent(
            kind=Agent.Kind.DEVICE,
            organisation=organisation,
            group=groups[number % GROUPS],
            name=f"device-{number}",
            display_name=f"Device {number}",
        )
        for number in range(devices)
    ]
    Agent.objects.bulk_create(agents, batch_size=1000)
    Device.objects.bulk_create([Device(agent=agent, type=kind) for agent in agents], batch_size=1000)
    return user, groups[0]


def session(user: User) -> str:
    client = Client()
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"
