"""Whatever is sent to the Control API: no 5xx, and every refusal in words; what it answers fits its own document."""

import copy
import json
import re
import warnings

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from doover_web.common.wire import JSON
from doover_web.identity.models import GroupRole, OrganisationRole
from doover_web.openapi import control_document

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
PARENT = re.compile(r"^/(\w+)(?:/(\w+))?/")


class Undo(Exception):
    pass


@pytest.fixture
def known(creek, alice, bob, pump, weir):
    """Something real for an address, by the words that it begins with."""
    return {
        "groups": weir.id,
        "groups/roles": GroupRole.objects.create(organisation=creek, name="Own").id,
        "organisations": creek.id,
        "organisations/roles": OrganisationRole.objects.create(organisation=creek, name="Own").id,
        "users": bob.id,
        "devices": pump.id,
    }


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_no_request_is_too_much(api, alice, known, name):
    client = api(alice)
    match = PARENT.match(name.partition(" ")[2])
    thing = known.get(f"{match[1]}/{match[2]}", known.get(match[1])) if match else None
    client._client.raise_request_exception = False

    @BOUNDED
    @given(case=OPERATIONS[name].as_strategy(), real=st.integers(0, 3))
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


def test_a_second_organisation_is_never_reached(api, mallory, known):
    """Every operation with an id in its address, by a stranger: the answer is that of an id that is not there."""
    for name, operation in sorted(OPERATIONS.items()):
        match = PARENT.match(name.partition(" ")[2])
        thing = known.get(f"{match[1]}/{match[2]}", known.get(match[1])) if match else None
        if thing is None or "{" not in operation.path:
            continue
        told, nothing = (
            getattr(api(mallory), operation.method.lower())(re.sub("{[^}]*}", str(one), operation.path), {})
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
