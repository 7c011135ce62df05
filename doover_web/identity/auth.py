"""Request, socket or token → the calling agent (`data-api §4`)."""

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import jwt
from django.conf import settings
from django.utils import timezone

from doover_web.common.secrets import hash_secret, new_secret
from doover_web.common.snowflake import ID_MAX, ID_MIN
from doover_web.common.wire import BadRequest, Forbidden, NotFound, Unauthorized

from . import keys, token_use
from .callers import standing_of_agent, standing_of_holder, standing_of_user
from .context import origin
from .flags import EVERYTHING, Rights
from .models import Agent, Organisation, Token, User
from .models.token import TokenQuerySet
from .standing import Standing

DEVICE_PREFIX = "dvd"
PERSONAL_PREFIX = "dvp"
PROCESSOR_PREFIX = "dvx"
OPAQUE = tuple(f"{prefix}_" for prefix in (DEVICE_PREFIX, PERSONAL_PREFIX, PROCESSOR_PREFIX))
# "Token" is how the first generation's clients write it.
SCHEMES = ("bearer", "token")
READING = Rights.VIEW | Rights.PRIVATE | Rights.HISTORY | Rights.ALARMS_VIEW | Rights.GROUP_VIEW | Rights.PEOPLE_VIEW
LIMITS = {
    Token.Scope.NONE: Rights.NONE,
    Token.Scope.READ: READING,
    Token.Scope.CONTROL: READING | Rights.CONTROL | Rights.TURN,
    Token.Scope.FULL: EVERYTHING,
}
LONGEST_TOKEN = 8 * 1024  # characters
# Whose a token is, and the account of a person: read with the token, in one query.
HOLDER = ("agent", "agent__as_user", "parent")


@dataclass(frozen=True, slots=True)
class Caller:
    """An agent that calls, and the grounds it stands on. `organisation_id` is the one it acts in.

    When a superuser acts as somebody else, `assumed_by_…` name the superuser.
    """

    agent_id: int
    kind: str
    name: str
    standing: Standing
    organisation_id: int | None = None
    token_id: int | None = None
    assumed_by_id: int | None = None
    assumed_by_name: str = ""

    @property
    def is_superuser(self) -> bool:
        return self.standing.is_superuser

    @property
    def organisations(self) -> list[int]:
        """The organisations the caller is a member of, the oldest membership first."""
        return list(self.standing.members)


def token_of_header(authorization: str) -> str | None:
    """The token of an `Authorization` header; None when it holds something else or nothing."""
    scheme, _, token = authorization.partition(" ")
    return token.strip() if scheme.lower() in SCHEMES else None


def caller_of_token(text: str) -> Caller:
    """The caller behind a bearer token of any kind. Raises Unauthorized with what is wrong with it."""
    if len(text) > LONGEST_TOKEN:
        raise Unauthorized("This token is not valid here; sign in again", code="bad_token")
    token = bearer(text)
    is_new = token.touch(origin.get().address)
    caller = _caller_of_agent(token.agent, token)
    if is_new:
        token_use.note_use(token, caller)
    return caller


def bearer(text: str) -> Token:
    """The row of a bearer token that is valid now. Raises Unauthorized with what is wrong with it."""
    return _secret_token(text) if text.startswith(OPAQUE) else _access_token(text)


def caller_of_user(user: User) -> Caller:
    """The caller behind a signed-in person."""
    return _person(user, None)


def in_name_of(organisation: Organisation) -> Caller:
    """The server itself, acting for an organisation: what it sets up is written by the organisation's agent."""
    standing = Standing(organisation.id, is_superuser=True)
    return Caller(organisation.id, Agent.Kind.ORGANISATION, organisation.name, standing, organisation.id)


def in_organisation(caller: Caller, header: str | None) -> Caller:
    """The caller in the organisation that `X-Doover-Organisation` names (`data-api §3.1`). One that lends the caller
    something may be named as well; the caller stays in its own."""
    if not header:
        return caller
    wanted = _id_of(header, "X-Doover-Organisation")
    if caller.is_superuser or wanted in caller.organisations or wanted == caller.organisation_id:
        return replace(caller, organisation_id=wanted)
    if any(loan.giver_id == wanted for loan in caller.standing.loans):
        return caller
    raise Forbidden("You do not belong to this organisation", code="not_a_member")


def assuming(caller: Caller, header: str | None) -> Caller:
    """The user that `X-Doover-Assume` names, for a superuser; what is done then is done in that user's name."""
    if not header:
        return caller
    if not caller.is_superuser:
        raise Forbidden("Only a superuser may act as somebody else", code="not_superuser")
    user = User.objects.select_related("agent").filter(pk=_id_of(header, "X-Doover-Assume"), is_active=True).first()
    if user is None:
        raise NotFound("There is no such user to act as")
    if user.is_superuser:
        raise Forbidden("A superuser cannot be acted for", code="superuser")
    assumed = _person(user, None)
    return replace(
        assumed,
        standing=replace(assumed.standing, limit=caller.standing.limit),
        token_id=caller.token_id,
        assumed_by_id=caller.agent_id,
        assumed_by_name=caller.name,
    )


def _id_of(header: str, name: str) -> int:
    if not re.fullmatch(r"-?[0-9]{1,19}", header) or not ID_MIN <= int(header) <= ID_MAX:
        raise BadRequest(f"{name} must be an id (a signed 64-bit integer)", code="bad_header")
    return int(header)


def issue_access_token(
    who: User | Agent,
    seconds: int | None = None,
    *,
    parent: Token | None = None,
    scope: str = Token.Scope.FULL,
    client=None,
    openid_scopes: str = "",
    permissions: list[dict] | None = None,
) -> tuple[str, datetime]:
    """A signed access token of a person or another agent, and when it ends. `parent` is what it was issued for."""
    now = timezone.now()
    expires_at = now + timedelta(seconds=seconds or settings.ACCESS_TOKEN_SECONDS)
    token = Token.objects.create(
        agent=who.agent if isinstance(who, User) else who,
        kind=Token.Kind.ACCESS,
        expires_at=expires_at,
        parent=parent,
        scope=scope,
        client=client,
        openid_scopes=openid_scopes,
        permissions=permissions,
    )
    claims = {
        "iss": settings.PUBLIC_URL,
        "sub": str(token.agent_id),
        "jti": str(token.id),
        "iat": int(now.timestamp()),
        "exp": int(expires_at.timestamp()),
    }
    if client is not None:
        claims |= {"client_id": client.id, "scope": openid_scopes}
    return keys.sign(claims), expires_at


def issue_device_token(agent: Agent) -> str:
    """A token for a device; returned once, kept as a hash. It does not expire (`data-api §14.3`)."""
    secret = new_secret(DEVICE_PREFIX)
    Token.objects.create(agent=agent, kind=Token.Kind.DEVICE, secret_hash=hash_secret(secret))
    return secret


def _secret_token(text: str) -> Token:
    kinds = (Token.Kind.DEVICE, Token.Kind.PERSONAL, Token.Kind.PROCESSOR)
    token = Token.objects.valid().by_secret(text, *kinds).select_related(*HOLDER).first()
    if token is None:
        _note_refusal(Token.objects.by_secret(text, *kinds))
        raise Unauthorized("This token is not known here, or was revoked", code="bad_token")
    return token


def _access_token(text: str) -> Token:
    try:
        token_id = int(keys.verified(text)["jti"])
    except jwt.ExpiredSignatureError as problem:
        _note_refusal(Token.objects.filter(pk=keys.id_of_expired(text), kind=Token.Kind.ACCESS))
        raise Unauthorized("This token has expired; refresh it or sign in again", code="expired_token") from problem
    except (jwt.InvalidTokenError, KeyError, ValueError, TypeError) as problem:
        raise Unauthorized("This token is not valid here; sign in again", code="bad_token") from problem
    found = Token.objects.valid().filter(pk=token_id, kind=Token.Kind.ACCESS)
    token = found.select_related(*HOLDER).first()
    if token is None:
        _note_refusal(Token.objects.filter(pk=token_id, kind=Token.Kind.ACCESS))
        raise Unauthorized("This token was revoked; sign in again", code="revoked_token")
    return token


def _note_refusal(found: TokenQuerySet) -> None:
    """For the audit log, when the token was one of ours."""
    if (token := found.select_related("agent", "parent").first()) is not None:
        token_use.note_refusal(token, token.why_refused())


def _caller_of_agent(agent: Agent, token: Token) -> Caller:
    if agent.kind == Agent.Kind.USER:
        user = getattr(agent, "as_user", None)
        if user is None or not user.is_active:
            raise Unauthorized("This account is closed", code="closed_account")
        return _person(user, token)
    standing = _limited(_standing(agent, token), token)
    return Caller(agent.id, agent.kind, agent.title, standing, agent.organisation_id, token_id=token.id)


def _standing(agent: Agent, token: Token) -> Standing:
    if token.permissions is None:
        return standing_of_agent(agent)
    return standing_of_holder(agent, token.permissions)


def _person(user: User, token: Token | None) -> Caller:
    standing = _limited(standing_of_user(user), token)
    return Caller(
        agent_id=user.agent_id,
        kind=Agent.Kind.USER,
        name=user.agent.title,
        standing=standing,
        organisation_id=next(iter(standing.members), None),
        token_id=token.id if token else None,
    )


def _limited(standing: Standing, token: Token | None) -> Standing:
    """A token is never wider than its scope, whoever holds it."""
    if token is None or token.scope == Token.Scope.FULL:
        return standing
    return replace(standing, limit=LIMITS[Token.Scope(token.scope)])
