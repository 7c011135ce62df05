"""Whatever is sent to the Control API: no 5xx, and every refusal in words; what it answers fits its own document."""

import copy
import json
import re
import warnings
from dataclasses import dataclass

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from doover_web.common.wire import JSON
from doover_web.identity.actions.member import add_member
from doover_web.identity.auth import issue_access_token
from doover_web.identity.models import Agent, Group, GroupRole, Organisation, OrganisationRole, User
from doover_web.openapi import control_document
from tests.conftest import Api

pytestmark = pytest.mark.django_db

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import schemathesis


def as_json() -> dict:
    """The document with JSON bodies alone; forms have tests of their own."""
    document = copy.deepcopy(control_document())
    for methods in document["paths"].values():
        for operation in methods.values():
            if "requestBody" in operation:
                operation["requestBody"]["content"] = {JSON: operation["requestBody"]["content"][JSON]}
    return document


SCHEMA = schemathesis.openapi.from_dict(as_json())
OPERATIONS = {f"{one.ok().method.upper()} {one.ok().path}": one.ok() for one in SCHEMA.get_all_operations()}
# The same examples every time: what is found here is a mistake, not a chance.
BOUNDED = settings(
    max_examples=5, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck)
)
# Where a request is an address alone: something real, and something that is not there.
SHORT = settings(BOUNDED, max_examples=2)
PARENT = re.compile(r"^/(\w+)(?:/(\w+))?/")


class Undo(Exception):
    pass


@dataclass(frozen=True)
class World:
    """Alice may do everything at Tallow Creek Water, Mallory nothing there; something real for each kind of address."""

    alice: Api
    mallory: Api
    known: dict[str, int]

    def thing(self, name):
        """The id of something that the address of an operation may be about."""
        match = PARENT.match(name.partition(" ")[2])
        return self.known.get(f"{match[1]}/{match[2]}", self.known.get(match[1])) if match else None


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    """Made once: what each request does is undone."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield _made()
        transaction.set_rollback(True)


def _made() -> World:
    creek, elsewhere = Organisation.objects.found("Tallow Creek Water"), Organisation.objects.found("Elsewhere")
    users = {name: User.objects.create_user(f"{name}@example.com") for name in ("alice", "bob", "mallory")}
    for name, there in (("alice", creek), ("bob", creek), ("mallory", elsewhere)):
        role = OrganisationRole.objects.built_in("Member" if name == "bob" else "Admin")
        add_member(organisation=there, user=users[name], role=role, by=None)
    alice, mallory = (Api(issue_access_token(users[name])[0]) for name in ("alice", "mallory"))
    for one in (alice, mallory):
        assert one.get("/users/me/").status_code == 200  # the first use of a token is noted, once
    known = {
        "groups": Group.objects.create(organisation=creek, parent=creek.root_group, name="Upper Weir").id,
        "groups/roles": GroupRole.objects.create(organisation=creek, name="Own").id,
        "organisations": creek.id,
        "organisations/roles": OrganisationRole.objects.create(organisation=creek, name="Own").id,
        "users": users["bob"].id,
        "devices": Agent.objects.create(kind=Agent.Kind.DEVICE, organisation=creek, name="pump-7").id,
    }
    return World(alice, mallory, known)


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_no_request_is_too_much(world, name):
    client, thing = world.alice, world.thing(name)
    client._client.raise_request_exception = False

    operation = OPERATIONS[name]
    bounded = BOUNDED if len(operation.body) or len(operation.query) else SHORT

    @bounded
    @given(case=operation.as_strategy(), real=st.integers(0, 3))
    def asked(case, real):
        if real and thing:  # otherwise most examples would end at something that is not there
            case.path_parameters.update(dict.fromkeys(case.path_parameters, str(thing)))
        response = _answer(client, case)
        assert response.status_code < 500, response.content
        if response.status_code >= 400:
            assert response["Content-Type"] == JSON
            assert response.json()["message"]

    try:
        asked()
    finally:
        client._client.raise_request_exception = True


def test_a_second_organisation_is_never_reached(world):
    """Every operation with an id in its address, by a stranger: the answer is that of an id that is not there."""
    for name, operation in sorted(OPERATIONS.items()):
        thing = world.thing(name)
        if thing is None or "{" not in operation.path:
            continue
        told, nothing = (
            getattr(world.mallory, operation.method.lower())(re.sub("{[^}]*}", str(one), operation.path), {})
            for one in (thing, 5)
        )
        assert told.status_code in (400, 404), (name, told.content)
        assert told.content == nothing.content, name


def test_there_is_always_something_to_ask():
    assert len(OPERATIONS) >= 90


def _answer(client, case):
    """What the API says to a generated request; what it did is undone."""
    sent = case.as_transport_kwargs(base_url="http://testserver")
    headers = {key: value for key, value in (case.headers or {}).items() if key.lower() != "authorization"}
    content = json.dumps(sent["json"]).encode() if sent.get("json") is not None else sent.get("data") or b""
    try:
        with transaction.atomic():
            response = client._client.generic(
                case.method,
                sent["url"].removeprefix("http://testserver"),
                content.encode() if isinstance(content, str) else content,
                content_type=JSON,
                query_params=sent.get("params") or None,
                headers={**headers, "authorization": f"Bearer {client.token}"},
            )
            raise Undo
    except Undo:
        return response
