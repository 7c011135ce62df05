"""Request, socket or token → the calling agent (`data-api §4`)."""

import functools
import re
import threading
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings
from django.utils import timezone

from doover_web.common.secrets import hash_secret, new_secret, seal, unseal
from doover_web.common.snowflake import ID_MAX, ID_MIN
from doover_web.common.wire import BadRequest, Forbidden, NotFound, Unauthorized

from .models import Agent, SigningKey, Token, User
from .permissions import OF_ROLE, Rights

ALGORITHM = "RS256"
DEVICE_PREFIX = "dvd"
LONGEST_TOKEN = 8 * 1024  # characters


@dataclass(frozen=True, slots=True)
class Caller:
    """An agent that calls, and what it may touch: its own channels and those of its organisations."""

    agent_id: int
    kind: str
    name: str
    is_superuser: bool = False
    organisations: dict[int, Rights] = field(default_factory=dict)
    organisation_id: int | None = None
    token_id: int | None = None


def caller_of_token(text: str) -> Caller:
    """The caller behind a bearer token of any kind. Raises Unauthorized with what is wrong with it."""
    if len(text) > LONGEST_TOKEN:
        raise Unauthorized("This token is not valid here; sign in again", code="bad_token")
    token = _device_token(text) if text.startswith(f"{DEVICE_PREFIX}_") else _access_token(text)
    return _caller_of_agent(token.agent, token)


def caller_of_user(user: User) -> Caller:
    """The caller behind a signed-in person."""
    return _person(user, None)


def in_organisation(caller: Caller, header: str | None) -> Caller:
    """The caller in the organisation that `X-Doover-Organisation` names (`data-api §3.1`)."""
    if not header:
        return caller
    wanted = _id_of(header, "X-Doover-Organisation")
    if not caller.is_superuser and wanted not in caller.organisations and wanted != caller.organisation_id:
        raise Forbidden("You do not belong to this organisation", code="not_a_member")
    return replace(caller, organisation_id=wanted)


def assuming(caller: Caller, header: str | None) -> Caller:
    """The user that `X-Doover-Assume` names, for a superuser; what is done then is done in that user's name."""
    if not header:
        return caller
    if not caller.is_superuser:
        raise Forbidden("Only a superuser may act as somebody else", code="not_superuser")
    user = User.objects.select_related("agent").filter(pk=_id_of(header, "X-Doover-Assume"), is_active=True).first()
    if user is None:
        raise NotFound("There is no such user to act as")
    return replace(_person(user, None), token_id=caller.token_id)


def _id_of(header: str, name: str) -> int:
    if not re.fullmatch(r"-?[0-9]{1,19}", header) or not ID_MIN <= int(header) <= ID_MAX:
        raise BadRequest(f"{name} must be an id (a signed 64-bit integer)", code="bad_header")
    return int(header)


def issue_access_token(user: User, seconds: int | None = None) -> tuple[str, datetime]:
    """A signed access token for a person, and when it ends."""
    now = timezone.now()
    expires_at = now + timedelta(seconds=seconds or settings.ACCESS_TOKEN_SECONDS)
    token = Token.objects.create(agent=user.agent, kind=Token.Kind.ACCESS, expires_at=expires_at)
    claims = {
        "iss": settings.PUBLIC_URL,
        "sub": str(user.agent_id),
        "jti": str(token.id),
        "iat": int(now.timestamp()),
        "exp": int(expires_at.timestamp()),
    }
    key = _signing_key()
    private = _private_key(unseal(key.sealed_private_pem, settings.SECRET_KEY))
    return jwt.encode(claims, private, algorithm=ALGORITHM, headers={"kid": key.id}), expires_at


def issue_device_token(agent: Agent) -> str:
    """A token for a device; returned once, kept as a hash. It does not expire (`data-api §14.3`)."""
    secret = new_secret(DEVICE_PREFIX)
    Token.objects.create(agent=agent, kind=Token.Kind.DEVICE, secret_hash=hash_secret(secret))
    return secret


def _device_token(text: str) -> Token:
    token = Token.objects.valid().filter(secret_hash=hash_secret(text)).select_related("agent").first()
    if token is None:
        raise Unauthorized("This token is not known here, or was revoked", code="bad_token")
    return token


def _access_token(text: str) -> Token:
    try:
        key = _public_keys.get(jwt.get_unverified_header(text).get("kid", ""))
        claims = jwt.decode(text, key, algorithms=[ALGORITHM], issuer=settings.PUBLIC_URL, options={"require": ["exp"]})
        token_id = int(claims["jti"])
    except jwt.ExpiredSignatureError as problem:
        raise Unauthorized("This token has expired; refresh it or sign in again", code="expired_token") from problem
    except (jwt.InvalidTokenError, KeyError, ValueError, TypeError) as problem:
        raise Unauthorized("This token is not valid here; sign in again", code="bad_token") from problem
    token = Token.objects.valid().filter(pk=token_id).select_related("agent").first()
    if token is None:
        raise Unauthorized("This token was revoked; sign in again", code="revoked_token")
    return token


def _caller_of_agent(agent: Agent, token: Token) -> Caller:
    if agent.kind == Agent.Kind.USER:
        user = User.objects.select_related("agent").filter(pk=agent.id, is_active=True).first()
        if user is None:
            raise Unauthorized("This account is closed", code="closed_account")
        return _person(user, token)
    return Caller(agent.id, agent.kind, agent.title, organisation_id=agent.organisation_id, token_id=token.id)


def _person(user: User, token: Token | None) -> Caller:
    organisations = {m.organisation_id: OF_ROLE[m.role] for m in user.memberships.order_by("created_at")}
    return Caller(
        agent_id=user.agent_id,
        kind=Agent.Kind.USER,
        name=user.agent.title,
        is_superuser=user.is_superuser,
        organisations=organisations,
        organisation_id=next(iter(organisations), None),
        token_id=token.id if token else None,
    )


class _PublicKeys:
    """Public keys by id, read once each."""

    def __init__(self):
        self._known: dict[str, str] = {}

    def get(self, kid: str) -> str:
        if kid not in self._known:
            named = (
                SigningKey.objects.filter(pk=kid) if re.fullmatch("[0-9a-f]{1,32}", kid) else SigningKey.objects.none()
            )
            found = named.values_list("public_pem", flat=True).first()
            if found is None:
                raise KeyError(kid)
            self._known[kid] = found
        return self._known[kid]


_public_keys = _PublicKeys()
_key_lock = threading.Lock()


def _signing_key() -> SigningKey:
    """The newest signing key; the first caller makes it."""
    with _key_lock:
        return SigningKey.objects.order_by("-created_at").first() or _make_signing_key()


@functools.lru_cache(maxsize=2)
def _private_key(pem: str) -> rsa.RSAPrivateKey:
    # It is our own, sealed by us: checking that its numbers are prime would take fifty times longer than signing.
    key = serialization.load_pem_private_key(pem.encode(), None, unsafe_skip_rsa_key_validation=True)
    assert isinstance(key, rsa.RSAPrivateKey)
    return key


def _make_signing_key() -> SigningKey:
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private_pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public_pem = private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    kid = hash_secret(public_pem.decode())[:16]
    sealed = seal(private_pem.decode(), settings.SECRET_KEY)
    return SigningKey.objects.create(id=kid, sealed_private_pem=sealed, public_pem=public_pem.decode())
