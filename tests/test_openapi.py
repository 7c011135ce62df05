"""The documents are OpenAPI, as others read it; the Data API is what its one says, whatever is sent to it: no 5xx, and
every refusal in words."""

import json
import warnings

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openapi_spec_validator import OpenAPIV31SpecValidator

from doover_web.common.wire import JSON
from doover_web.data import publish
from doover_web.openapi import METHODS, data_document

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import schemathesis

SCHEMA = schemathesis.openapi.from_dict(data_document())
OPERATIONS = {f"{one.ok().method.upper()} {one.ok().path}": one.ok() for one in SCHEMA.get_all_operations()}
# The same examples every time: what is found here is a mistake, not a chance.
BOUNDED = settings(
    max_examples=6, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck)
)


class Undo(Exception):
    pass


def test_every_operation_is_described(client):
    document = client.get("/openapi/data.json").json()
    operations = [one for methods in document["paths"].values() for one in methods.values()]

    assert len(operations) == len(OPERATIONS) > 60
    assert len({one["operationId"] for one in operations}) == len(operations)
    assert set(document["paths"]["/api/agents/{agent_id}/channels"]) <= set(METHODS)
    assert "ErrorOut" in document["components"]["schemas"]


@pytest.mark.parametrize("name", ["data", "control", "legacy"])
def test_a_reader_of_others_finds_nothing_wrong(client, name):
    document = client.get(f"/openapi/{name}.json").json()

    assert document["openapi"].startswith("3.1")
    assert len(document["paths"]) > 10
    assert [
        f"{list(one.absolute_path)}: {one.message}" for one in OpenAPIV31SpecValidator(document).iter_errors()
    ] == []


@pytest.mark.django_db
def test_people_can_read_it(client):
    page = client.get("/openapi/").content.decode()

    assert page.count("<details") == len(OPERATIONS)
    assert "/api/agents/{agent_id}/channels/{name}/messages/timeseries" in page


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_no_request_is_too_much(api, alice, pump, reach, name):
    publish.post_message(reach=reach(alice, pump), name="level", data={"a": 1}, message_id=5)
    client, known = api(alice), {"agent_id": str(pump.id), "name": "level", "message_id": "5"}
    client._client.raise_request_exception = False

    @BOUNDED
    @given(case=OPERATIONS[name].as_strategy(), real=st.integers(0, 3))
    def asked(case, real):
        if real:  # otherwise most examples would end at an agent that is not there
            case.path_parameters.update({key: known[key] for key in case.path_parameters if key in known})
        response = _answer(client, case)
        assert response.status_code < 500, response.content
        if response.status_code >= 400:
            assert response["Content-Type"] == JSON
            assert response.json()["message"]

    try:
        asked()
    finally:
        client._client.raise_request_exception = True


def _answer(client, case):
    """What the API says to a generated request; what it did is undone."""
    sent = case.as_transport_kwargs(base_url="http://testserver")
    headers = {key: value for key, value in (case.headers or {}).items() if key.lower() != "authorization"}
    try:
        with transaction.atomic():
            response = client._client.generic(
                case.method,
                sent["url"].removeprefix("http://testserver"),
                _content(sent),
                content_type=JSON,
                query_params=sent.get("params") or None,
                headers={**headers, "authorization": f"Bearer {client.token}"},
            )
            raise Undo
    except Undo:
        return response


def _content(sent) -> bytes:
    if sent.get("json") is not None:
        return json.dumps(sent["json"]).encode()
    content = sent.get("data") or b""
    return content.encode() if isinstance(content, str) else content
