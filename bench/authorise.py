"""What it costs to know who calls and what they may do at one device: µs and queries, for every kind of credential."""

import asyncio
import statistics
import time
from collections.abc import Callable

import psycopg
from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from doover_web.data.access import reach_agent
from doover_web.data.reaches import Reaches
from doover_web.identity.actions.member import add_member
from doover_web.identity.actions.token import create_personal_token
from doover_web.identity.auth import issue_access_token, issue_device_token
from doover_web.identity.middleware import caller_for_api
from doover_web.identity.models import Agent, Organisation, OrganisationRole, User

ROUNDS, CALLS = 5, 200


def main() -> None:
    """Asked anew for each request, as pages and most of the APIs do; and remembered, as the fast lane does."""
    agent, requests, tokens = _world()
    print("| credential | how | µs, wall (median, spread) | µs, processor | queries |")
    print("|---|---|---|---|---|")
    for what, made in requests.items():
        _print(what, "asked anew", *_measured(lambda made=made: _authorise(made(), agent)))
    for what, token in tokens.items():
        _print(what, "remembered", *asyncio.run(_remembered(token, str(agent.id))))


def _authorise(request: HttpRequest, agent: Agent) -> None:
    reach_agent(caller_for_api(request), agent.id)


def _measured(call: Callable[[], None]) -> tuple[list[float], float, int]:
    """Microseconds a call in each round, of the processor, and the statements of one call."""
    queries = _statements(call)
    walls, began = [], time.process_time()
    for _ in range(ROUNDS):
        start = time.perf_counter()
        for _ in range(CALLS):
            call()
        walls.append((time.perf_counter() - start) / CALLS * 1e6)
    return walls, (time.process_time() - began) / (ROUNDS * CALLS) * 1e6, queries


async def _remembered(token: str, agent: str) -> tuple[list[float], float, int]:
    reaches = Reaches()
    await reaches.get(token, "", agent)
    walls, began = [], time.process_time()
    for _ in range(ROUNDS):
        start = time.perf_counter()
        for _ in range(CALLS):
            await reaches.get(token, "", agent)
        walls.append((time.perf_counter() - start) / CALLS * 1e6)
    return walls, (time.process_time() - began) / (ROUNDS * CALLS) * 1e6, 0


def _statements(call: Callable[[], None]) -> int:
    call()  # what is remembered for a minute, such as the keys, is not counted
    seen, execute = [], psycopg.Cursor.execute
    psycopg.Cursor.execute = lambda *a, **kw: [seen.append(1), execute(*a, **kw)][1]
    try:
        call()
    finally:
        psycopg.Cursor.execute = execute
    return len(seen)


def _print(what: str, how: str, walls: list[float], processor: float, queries: int) -> None:
    spread = f"{statistics.median(walls):,.0f} ({min(walls):,.0f}–{max(walls):,.0f})"
    print(f"| {what} | {how} | {spread} | {processor:,.0f} | {queries} |")


def _world() -> tuple[Agent, dict[str, Callable[[], HttpRequest]], dict[str, str]]:
    """A device, and a request of each kind to its organisation."""
    organisation = Organisation.objects.found("Bench")
    agent = Agent.objects.create(kind=Agent.Kind.DEVICE, organisation=organisation, name="bench")
    user = User.objects.create_user(f"bench-{agent.id}@example.com")
    add_member(organisation=organisation, user=user, role=OrganisationRole.objects.built_in("Admin"), by=None)
    tokens = {
        "access token (JWT) of a person": issue_access_token(user)[0],
        "personal token": create_personal_token(user=user, name="x", scope="full", days=1, by=None)[1],
        "device token": issue_device_token(agent),
    }
    requests = {what: (lambda token=token: _request(token)) for what, token in tokens.items()}
    client = Client()
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    key = client.cookies[settings.SESSION_COOKIE_NAME].value
    connection.close()
    return agent, {**requests, "cookie of a person": lambda: _signed_in(key)}, tokens


def _request(token: str) -> HttpRequest:
    return RequestFactory().get("/api/agents", headers={"authorization": f"Bearer {token}"})


def _signed_in(key: str) -> HttpRequest:
    request = RequestFactory().get("/api/agents")
    request.COOKIES[settings.SESSION_COOKIE_NAME] = key
    for middleware in (SessionMiddleware, AuthenticationMiddleware):
        middleware(lambda _: HttpResponse()).process_request(request)
    return request
