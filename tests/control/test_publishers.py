"""Whose proof of a repository counts, as people said it at `/publishers/` (`control-api §8`)."""

import json
import time

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from django.test import Client

from doover_web.control.models import Application, TrustedPublisher
from doover_web.identity.auth import caller_of_token
from doover_web.identity.models import Agent, Organisation
from doover_web.identity.oauth import issuers

FLOW = "creek/pump/.github/workflows/{}@refs/heads/main"


@pytest.fixture(scope="module")
def pair():
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
def mint(pair, monkeypatch):
    """`mint(workflow_ref=…)`: what the server says to a proof that GitHub signed."""
    document = {"keys": [{**json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(pair.public_key())), "kid": "k1"}]}
    monkeypatch.setattr(issuers, "fetch", lambda address, private: document)

    def exchanged(**changes):
        now = int(time.time())
        claims = {"iss": "https://token.actions.githubusercontent.com", "aud": "https://api.doover.com", "iat": now}
        claims |= {"exp": now + 300, "jti": str(time.time_ns()), "repository": "creek/pump"}
        claims |= {"workflow_ref": FLOW.format("release.yml"), **changes}
        text = jwt.encode(claims, pair, algorithm="RS256", headers={"kid": "k1"})
        body = {"provider": "GH", "token": text}
        return Client().post("/publishers/mint-token/", body, content_type="application/json")

    return exchanged


@pytest.fixture
def publisher(api, alice, creek, level, ok):
    """creek/pump, which publishes Tank level."""
    repository = {"provider": "GH", "repository_owner": "creek", "repository_name": "pump"}
    made = ok(api(alice).post("/publishers/", repository), 201)
    ok(api(alice).patch(f"/applications/{level.id}/", {"publisher_id": made["id"]}))
    return TrustedPublisher.objects.get(pk=made["id"])


def named_by(organisation, application, workflow="", repository="pump"):
    """Another publisher of the same repository."""
    agent = Agent.objects.create(kind="app", organisation=organisation, name="creek/pump")
    fields = {"repository_owner": "Creek", "repository_name": repository, "workflow": workflow, "agent": agent}
    made = TrustedPublisher.objects.create(organisation=organisation, **fields)
    Application.objects.filter(pk=application.pk).update(publisher=made)
    return made


def who(answer):
    assert answer.status_code == 200, answer.content
    return caller_of_token(answer.json()["token"]).agent_id


def test_a_repository_publishes_its_application_and_no_other(api, mint, publisher, level, creek):
    other = Application.objects.create(organisation=creek, name="other", display_name="Other", type="DEV")
    token = mint().json()["token"]

    def patched(application):
        address, header = f"/applications/{application.id}/", {"Authorization": f"Bearer {token}"}
        return Client().patch(address, {"description": "new"}, "application/json", headers=header).status_code

    assert caller_of_token(token).agent_id == publisher.agent_id
    assert (patched(level), patched(other)) == (200, 404)


@pytest.mark.parametrize("claims", [{"repository": "creek/weir"}, {"repository": "creek"}, {"repository": 5}])
def test_another_repository_does_not(mint, publisher, claims):
    assert mint(**claims).json()["code"] == "not_a_publisher"


def test_one_that_publishes_nothing_gets_nothing(mint, publisher, level):
    Application.objects.filter(pk=level.pk).update(publisher=None)

    assert mint().status_code == 403


def test_a_named_workflow_counts_alone_and_first(mint, publisher, creek):
    watch = Application.objects.create(organisation=creek, name="watch", display_name="Watch", type="DEV")
    release = named_by(creek, watch, workflow="release.yml")

    assert who(mint()) == release.agent_id
    assert who(mint(workflow_ref=FLOW.format("ci.yml"))) == publisher.agent_id
    publisher.delete()
    assert mint(workflow_ref=FLOW.format("ci.yml")).status_code == 403


def test_nobody_takes_a_repository_by_naming_it_too(mint, publisher, mallory):
    elsewhere = Organisation.objects.get(name="Elsewhere")
    theirs = Application.objects.create(organisation=elsewhere, name="theirs", display_name="Theirs", type="DEV")
    named_by(elsewhere, theirs)

    assert who(mint()) == publisher.agent_id
