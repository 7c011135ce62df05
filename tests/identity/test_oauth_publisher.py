"""A build server exchanges its proof of a repository for a short token."""

import base64
import json
import time

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from django.test import Client

from doover_web.checks import wrong_settings
from doover_web.common.wire import Busy
from doover_web.identity.auth import caller_of_token
from doover_web.identity.models import Agent, AuditEntry
from doover_web.identity.oauth import issuers

pytestmark = pytest.mark.django_db
ISSUER = "https://token.actions.githubusercontent.com"


@pytest.fixture(scope="module")
def pair():
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
def document(pair):
    return {"keys": [{**json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(pair.public_key())), "kid": "k1"}]}


@pytest.fixture
def trusted(settings, document, creek):
    robot = Agent.objects.create(kind="app", organisation=creek, name="builder")
    publishers = [{"claims": {"repository": "creek/pump", "ref": "refs/heads/main"}, "agent": str(robot.id)}]
    settings.TRUSTED_PUBLISHERS = [{"provider": "GH", "issuer": ISSUER, "keys": document, "publishers": publishers}]
    return robot


@pytest.fixture
def proof(pair):
    """`proof(repository=…)`: what the build server's identity provider signs."""

    def proof_of(key=None, kid="k1", algorithm="RS256", **changes):
        now = int(time.time())
        claims = {"iss": ISSUER, "aud": "https://api.doover.com", "iat": now, "exp": now + 300}
        claims |= {"repository": "creek/pump", "ref": "refs/heads/main", "jti": str(time.time_ns()), **changes}
        told = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(told, key or pair, algorithm=algorithm, headers={"kid": kid})

    return proof_of


def mint(token, provider="GH"):
    body = {"provider": provider, "token": token}
    return Client().post("/publishers/mint-token/", body, content_type="application/json")


def test_a_proof_for_a_token(trusted, proof):
    answer = mint(proof()).json()

    assert caller_of_token(answer["token"]).agent_id == trusted.id
    claims = jwt.decode(answer["token"], options={"verify_signature": False})
    assert 0 < claims["exp"] - time.time() <= 900
    assert answer["expiry"].startswith("20")
    assert AuditEntry.objects.get(action="token.minted").metadata["repository"] == "creek/pump"


@pytest.mark.parametrize(
    "changes",
    [
        {"repository": "creek/evil"},
        {"ref": "refs/pull/1/merge"},
        {"repository": None},
        {"aud": "https://elsewhere.example"},
        {"aud": None},
        {"iss": "https://elsewhere.example"},
        {"exp": 1},
        {"exp": None},
        {"iat": None},
        {"kid": "k2"},
    ],
)
def test_a_proof_that_proves_nothing(trusted, proof, changes):
    answer = mint(proof(**changes))

    assert answer.status_code == 403
    assert answer.json()["message"]


def test_a_forged_proof(trusted, proof, document):
    stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    assert mint(proof(key=stranger)).status_code == 403
    assert mint(proof(key="a-secret-that-is-long-enough-for-hs256-to-be-used", algorithm="HS256")).status_code == 403
    assert mint(jwt.encode({"repository": "creek/pump"}, None, algorithm="none")).status_code == 403
    deep = base64.urlsafe_b64encode(b'{"kid":' + b"[" * 9000).rstrip(b"=").decode() + ".e30.AAAA"
    for garbage in ("", "x", "a.b.c", "é", deep):
        assert mint(garbage).status_code == 403


def test_a_proof_counts_once(trusted, proof):
    text = proof()

    assert mint(text).status_code == 200
    assert mint(text).json()["code"] == "token_used"


def test_another_audience(trusted, proof, settings):
    settings.TRUSTED_PUBLISHERS[0]["audience"] = "https://iot.example.com"

    assert mint(proof(aud="https://iot.example.com")).status_code == 200
    assert mint(proof()).status_code == 403


def test_a_provider_that_nobody_named(trusted, proof):
    answer = mint(proof(), provider="GL")

    assert answer.status_code == 404
    assert "ask who runs this server" in answer.json()["message"]


def test_github_is_believed_and_no_repository_trusted_by_default(proof, document, monkeypatch):
    monkeypatch.setattr(issuers, "fetch", lambda address, private: document)

    assert mint(proof()).json()["code"] == "not_a_publisher"


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'{"provider": 1, "token": 2}', b"x" * 40_000, b'{"provider": "GH"}']
)
def test_a_body_that_makes_no_sense(trusted, body):
    answer = Client().post("/publishers/mint-token/", body, content_type="application/json")

    assert answer.status_code == 400
    assert Client().get("/publishers/mint-token/").status_code == 405


def test_guessing_is_limited(trusted, proof):
    for _ in range(30):
        mint("x.y.z")

    assert mint(proof()).status_code == 429


def test_keys_are_fetched_once(trusted, proof, settings, document, monkeypatch):
    asked = []
    monkeypatch.setattr(issuers, "fetch", lambda address, private: [asked.append(address), document][1])
    issuer = settings.TRUSTED_PUBLISHERS[0]
    issuer.pop("keys")
    issuer["jwks_url"] = "https://keys.example/jwks"

    assert mint(proof()).status_code == mint(proof()).status_code == 200
    assert mint(proof(kid="k9")).status_code == 403
    assert asked == ["https://keys.example/jwks"]


def test_keys_that_cannot_be_fetched(trusted, proof, settings, monkeypatch):
    settings.TRUSTED_PUBLISHERS[0].pop("keys")
    settings.TRUSTED_PUBLISHERS[0]["jwks_url"] = "https://127.0.0.1/jwks"

    assert mint(proof()).status_code == 503
    with pytest.raises(Busy):
        issuers.key_of(settings.TRUSTED_PUBLISHERS[0], "k1")


@pytest.mark.parametrize(
    "address",
    [
        "https://127.0.0.1/jwks",
        "https://localhost/jwks",
        "https://10.0.0.1/jwks",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/jwks",
        "https://[::ffff:10.0.0.1]/jwks",
        "https://0.0.0.0/jwks",
        "https://224.0.0.1/jwks",
        "http://1.1.1.1/jwks",
        "file:///etc/passwd",
        "https:///jwks",
    ],
)
def test_private_addresses_are_not_asked(address):
    with pytest.raises((ValueError, OSError)):
        issuers.fetch(address)


NO_CLAIMS = {"provider": "GH", "issuer": "i", "keys": {}, "publishers": [{"claims": {}, "agent": "1"}]}


@pytest.mark.parametrize("wrong", [{}, [{}], ["x"], [NO_CLAIMS]])
def test_a_setting_that_cannot_be(settings, wrong):
    settings.TRUSTED_PUBLISHERS = wrong

    assert any("DOOVER_TRUSTED_PUBLISHERS" in one for one in wrong_settings())
