"""Both doors of the Data API: Django's, and the fast lane as plain ASGI. A test that takes `door` runs against each."""

import asyncio
import json
from concurrent.futures import Executor, Future
from types import SimpleNamespace
from urllib.parse import unquote

import pytest
from django.apps import apps
from django.http import HttpResponse

from doover_web.data import gatherer, ingest, marks, publish, pyramid, reaches
from doover_web.data.access import reach_agent
from doover_web.data.models import Channel
from doover_web.identity.auth import caller_of_token, issue_device_token

HOT = {"name": "Too hot", "key": "temperature", "operator": "gt", "value": 30}


def pytest_collection_modifyitems(items):
    """Threads look at the database as well, so what a test writes is committed, and cleared away after it.

    `available_apps` makes the clearing cascade, into the tables that Django does not manage.
    """
    names = [config.name for config in apps.get_app_configs()]
    for item in items:
        if "committed" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.django_db(transaction=True, available_apps=names))


@pytest.fixture
def committed(db):
    """What this test writes is committed, so that other threads see it."""


@pytest.fixture(autouse=True)
def _nobody_listens(monkeypatch):
    """The gateway is tested elsewhere; `heard` puts an ear in its place."""
    monkeypatch.setattr("doover_web.data.events._listeners", list)


class Inline(Executor):
    """Runs a job at once, where it is submitted: on the connection that holds the test's transaction.

    A connection belongs to a thread outside of any event loop, so the running loop is looked away from meanwhile.
    """

    def __init__(self, *_, **__):
        pass

    def submit(self, fn, /, *args, **kwargs):
        future, loop = Future(), asyncio.get_running_loop()
        asyncio._set_running_loop(None)
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as problem:
            future.set_exception(problem)
        finally:
            asyncio._set_running_loop(loop)
        return future


@pytest.fixture
def inline(monkeypatch):
    """The fast lane without threads of its own."""
    for module in (gatherer, reaches):
        monkeypatch.setattr(module, "ThreadPoolExecutor", Inline)
        monkeypatch.setattr(module, "connection", SimpleNamespace(close=lambda: None))


class PassedOn(Exception):
    """The fast lane left this request to Django."""


async def pass_on(scope, receive, send):
    raise PassedOn


def scope_of(method, path, headers, content=b""):
    """A request as the web server hands it over."""
    path, _, query = path.partition("?")
    named = {"content-length": str(len(content)), **{name.lower(): value for name, value in headers.items()}}
    return {
        "type": "http",
        "method": method,
        "path": unquote(path),
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in named.items() if value is not None],
    }


async def ask(lane, scope, content=b""):
    """One request to the lane; what it answered."""
    sent = []

    async def receive():
        return {"type": "http.request", "body": content, "more_body": False}

    async def send(message):
        sent.append(message)

    await lane(scope, receive, send)
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    response = HttpResponse(sent[1]["body"], status=sent[0]["status"], headers=headers)
    response.json = lambda: json.loads(response.content)
    return response


class Lane:
    """A client of the fast lane; what the lane passes on goes to Django, as in the real server."""

    def __init__(self, django):
        self.django = django
        self.took = None

    def __getattr__(self, method):
        def call(path, body=None, *, raw=None, content_type="application/json", **headers):
            content = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
            named = {"authorization": f"Bearer {self.django.token}", "content-type": content_type, **headers}
            try:
                response = asyncio.run(
                    ask(ingest.FastLane(pass_on), scope_of(method.upper(), path, named, content), content)
                )
                self.took = True
            except PassedOn:
                self.took = False
                response = getattr(self.django, method)(path, raw=content, content_type=content_type, **headers)
            return response

        return call


class Announcing:
    """A client whose changes are announced, although the test's transaction never commits."""

    def __init__(self, client, capture):
        self.client, self.capture = client, capture

    def __getattr__(self, method):
        def call(*args, **kwargs):
            with self.capture(execute=True):
                return getattr(self.client, method)(*args, **kwargs)

        return call


@pytest.fixture(params=["ninja", "lane"])
def door(request, api, inline, django_capture_on_commit_callbacks):
    """`door(pump).post("/api/…", {...})`: the same request through either door."""

    def door_of(who):
        client = api(who) if request.param == "ninja" else Lane(api(who))
        return Announcing(client, django_capture_on_commit_callbacks)

    return door_of


@pytest.fixture
def disk(tmp_path, settings):
    """An empty storage; called, the number of files in it."""
    settings.STORAGES = {
        **settings.STORAGES,
        "attachments": {"BACKEND": "doover_web.data.storage.LocalStorage", "OPTIONS": {"location": tmp_path}},
    }
    return lambda: sum(one.is_file() for one in tmp_path.rglob("*"))


@pytest.fixture
def sender(api, disk, django_capture_on_commit_callbacks):
    """`sender(pump)`: a caller whose requests are committed."""
    return lambda who: Announcing(api(who), django_capture_on_commit_callbacks)


@pytest.fixture
def at():
    """`at(pump, "messages")`: an address below a channel of an agent."""

    def address(agent, *tail, name="level"):
        return "/".join([f"/api/agents/{agent.id}/channels/{name}", *map(str, tail)])

    return address


@pytest.fixture
def level(pump, at):
    """The addresses of Pump 7's channel `level`."""
    return SimpleNamespace(
        channel=at(pump), aggregate=at(pump, "aggregate"), messages=at(pump, "messages"), name="level"
    )


@pytest.fixture
def itself(pump):
    """Pump 7 at its own channels, for calling verbs directly."""
    return reach_agent(caller_of_token(issue_device_token(pump)), pump.id)


@pytest.fixture
def clock(monkeypatch):
    """The time as the pyramid sees it; `clock.ms` moves it."""

    class Clock:
        ms = 1_772_600_767_890  # 4 March 2026

        def __call__(self):
            return self.ms

    clock = Clock()
    monkeypatch.setattr(pyramid, "now_ms", clock)
    monkeypatch.setattr(marks, "now_ms", clock)
    return clock


@pytest.fixture
def channel(itself):
    return publish.open_channel(reach=itself, name="level")


@pytest.fixture
def write(api, pump, level):
    """`write({"temperature": 31})`: Pump 7 says so."""

    def merge(patch, method="patch"):
        response = getattr(api(pump), method)(level.aggregate, patch)
        assert response.status_code == 200, response.content
        return response.json()

    return merge


@pytest.fixture
def alarms(level):
    return level.channel + "/alarms"


@pytest.fixture
def watch(api, alice, alarms, write):
    """`watch(HOT)`: Alice makes an alarm on a channel that is there."""

    def make(body):
        if not Channel.objects.exists():
            write({})
        response = api(alice).post(alarms, body)
        assert response.status_code == 200, response.content
        return response.json()

    return make
