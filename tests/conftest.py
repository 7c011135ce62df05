"""The cast: Alice may, Bob may look, Mallory may not; Pump 7 fills a tank."""

import asyncio
import functools
import gc
import itertools
import json
import os

import hypothesis
import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils import translation
from xdist.scheduler import LoadScopeScheduling

from doover_web.data import events
from doover_web.data.access import reach_agent
from doover_web.identity.actions.member import add_member, grant_group_role
from doover_web.identity.auth import caller_of_token, caller_of_user, issue_access_token, issue_device_token
from doover_web.identity.models import Agent, GroupRole, Organisation, OrganisationRole, User
from doover_web.standalone import mould

# Time on a shared machine says nothing about the code.
hypothesis.settings.register_profile(
    "house", deadline=None, max_examples=60, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("house")

PASSWORD = "correct horse battery staple"
_numbers = itertools.count(1)
_new_key = rsa.generate_private_key  # the tests replace the name it has there


# What is in one folder shares a server, so one worker takes it all; the longest begins first.
TOGETHER = ("tests/browser/", "tests/clients/", "tests/standalone/")
# A server of one's own, and minutes.
LONG = ("test_kill.py", "test_worker_dies.py")


class InFolders(LoadScopeScheduling):
    """Every test goes to the next free worker, but for those that share something dear."""

    def _split_scope(self, nodeid):
        return next((folder for folder in TOGETHER if nodeid.startswith(folder)), nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    config.option.loadscopereorder = False  # many tests are not long ones
    return InFolders(config, log)


def pytest_collection_modifyitems(items):
    """What takes long stands first: the end of a run, when one worker may have nothing left, is for the short ones."""

    def place(item):
        folders = (number for number, folder in enumerate(TOGETHER) if item.nodeid.startswith(folder))
        return next(folders, len(TOGETHER) + (not item.path.name.endswith(LONG)))

    items.sort(key=place)


def pytest_collection_finish():
    """What is loaded now stays: the collector of garbage need not walk it after every thousand things a test makes."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item):
    """The browser's driver leaves a suspended event loop behind; tests with loops of their own must not see it."""
    suspended = asyncio._get_running_loop()
    if item.get_closest_marker("browser"):
        return (yield)
    asyncio._set_running_loop(None)
    try:
        return (yield)
    finally:
        asyncio._set_running_loop(suspended)


@pytest.fixture(autouse=True)
def _quick_passwords(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(scope="session", autouse=True)
def _attachments_of_tests(tmp_path_factory):
    """Files that tests send go to a folder of theirs."""
    settings.STORAGES["attachments"]["OPTIONS"]["location"] = tmp_path_factory.mktemp("attachments")


@pytest.fixture(scope="session", autouse=True)
def _layer_of_this_worker():
    """What other workers' tests say to everyone is not heard here, nor what is about an agent of theirs."""
    settings.CHANNEL_LAYERS["default"]["CONFIG"]["prefix"] = f"test-{os.getpid()}"


@pytest.fixture(scope="session", autouse=True)
def _static_files_as_they_are_asked_for():
    """Every new test client reads the server's middleware anew, and with it the list of all static files."""
    settings.WHITENOISE_AUTOREFRESH = True


@functools.cache
def _one_key():
    return _new_key(public_exponent=65537, key_size=2048)


@pytest.fixture(autouse=True)
def _one_key_for_all(monkeypatch):
    """Making the key pair that signs access tokens takes longer than a whole test."""
    monkeypatch.setattr("doover_web.identity.keys.rsa.generate_private_key", lambda **_: _one_key())


@pytest.fixture(autouse=True)
def _language_of_nobody():
    """The language of a request stays with its thread until the next one; in a test that may be none."""
    yield
    translation.deactivate()


@pytest.fixture(autouse=True)
def fresh_cache(settings):
    """A corner of the cache for this test alone, as others run beside it; called, it gives the next empty one."""

    def fresh():
        default = {**settings.CACHES["default"], "KEY_PREFIX": f"test-{os.getpid()}-{next(_numbers)}"}
        settings.CACHES = {**settings.CACHES, "default": default}

    fresh()
    return fresh


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings):
    """`bin/test` has migrated a database before it started us: ours is a copy, made in a moment."""
    if mould.NAMED in os.environ:
        connection.settings_dict["TEST"]["TEMPLATE"] = connection.settings_dict["NAME"]


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """What a committed test wrote is cleared away with TRUNCATE, which the audit log refuses."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE identity_auditentry DISABLE TRIGGER audit_not_emptied")


@pytest.fixture(autouse=True)
def _no_message_stays(request, django_db_blocker):
    """Clear what a committed test wrote to the message table, which Django's flush does not know."""
    yield
    marker = request.node.get_closest_marker("django_db")
    if marker and marker.kwargs.get("transaction"):
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute("TRUNCATE data_message")


@pytest.fixture
def creek(db):
    """Tallow Creek Water, which owns Pump 7."""
    return Organisation.objects.found("Tallow Creek Water")


@pytest.fixture
def alice(creek):
    """May do everything at Tallow Creek Water."""
    return _person("Alice Moreau", creek, "Admin")


@pytest.fixture
def bob(creek):
    """May look, at Tallow Creek Water."""
    return _person("Bob Tran", creek, "Member", "Viewer")


@pytest.fixture
def mallory(db):
    """Belongs to another organisation."""
    return _person("Mallory Vance", Organisation.objects.found("Elsewhere"), "Admin")


@pytest.fixture
def pump(creek):
    """Pump 7, a device of Tallow Creek Water."""
    return Agent.objects.create(kind=Agent.Kind.DEVICE, organisation=creek, name="pump-7", display_name="Pump 7")


def _person(name, organisation, role, group_role=None):
    email = f"{name.split()[0].lower()}{next(_numbers)}@example.com"
    user = User.objects.create_user(email, PASSWORD, name=name)
    add_member(organisation=organisation, user=user, role=OrganisationRole.objects.built_in(role), by=None)
    if group_role:
        there = organisation.root_group
        grant_group_role(group=there, user=user, role=GroupRole.objects.built_in(group_role), by=None)
    return user


class Api:
    """A client of the JSON APIs that calls as one agent."""

    # One for all: it keeps no state between requests, and loading the middleware takes longer than most tests.
    _client = Client()

    def __init__(self, token: str):
        self.token = token

    def __getattr__(self, method):
        def call(path, body=None, *, raw=None, content_type="application/json", **headers):
            content = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
            return self._client.generic(
                method.upper(),
                path,
                content,
                content_type=content_type,
                headers={"authorization": f"Bearer {self.token}", **headers},
            )

        return call


@pytest.fixture
def api():
    """`api(alice).get("/api/…")`: calls as a person (access token) or a device (device token)."""

    def api_of(who):
        return Api(issue_access_token(who)[0] if isinstance(who, User) else issue_device_token(who))

    return api_of


@pytest.fixture
def browse():
    """`browse(alice).get("/")`: a browser in which somebody is signed in; `browse(None)` in which nobody is."""

    def browser_of(who):
        client = Client()
        if who is not None:
            client.force_login(who, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return browser_of


@pytest.fixture
def reach():
    """`reach(alice, pump)`: a caller at an agent, for calling verbs directly."""

    def reach_of(who, agent):
        caller = caller_of_user(who) if isinstance(who, User) else caller_of_token(issue_device_token(who))
        return reach_agent(caller, agent.id)

    return reach_of


@pytest.fixture
def heard(monkeypatch):
    """The events that were announced."""
    told = []
    monkeypatch.setattr(events, "_listeners", lambda: [told.extend])
    return told


@pytest.fixture
def statements(monkeypatch):
    """`statements(call)`: how many statements reach the database during a call, past Django's cursors as well."""

    def count(call) -> int:
        seen = []
        with monkeypatch.context() as patch:
            execute = psycopg.Cursor.execute
            patch.setattr(psycopg.Cursor, "execute", lambda *a, **kw: [seen.append(a[1]), execute(*a, **kw)][1])
            call()
        return len(seen)

    return count
