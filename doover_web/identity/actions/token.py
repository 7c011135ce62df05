"""Credentials of people, devices and services: made, shown once, replaced, revoked."""

import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from doover_web.common.secrets import hash_secret, new_secret
from doover_web.common.wire import BadRequest, Forbidden, NotFound

from .. import audit
from ..auth import PERSONAL_PREFIX, Caller, issue_device_token
from ..changes import rights_changed
from ..guard import check_own
from ..models import Agent, Token, User

REFRESH_PREFIX = "dvr"
CLIENT_PREFIX = "dvc"
LONGEST_NAME = 100
LONGEST_DAYS = 366
MOST_PERSONAL = 50
MOST_DEVICE = 10  # a device that asks for another and never confirms it must not fill the table
CHOICES = (Token.Scope.READ, Token.Scope.CONTROL, Token.Scope.FULL)


@transaction.atomic
def create_personal_token(*, user: User, name: str, scope: str, days: int, by: Caller | None) -> tuple[Token, str]:
    """A token that a person uses in scripts, and its secret, which is never shown again."""
    check_own(by, user)
    name = name.strip()
    if not 1 <= len(name) <= LONGEST_NAME or "\x00" in name:
        raise BadRequest(f"Give the token a name of at most {LONGEST_NAME} letters", code="bad_name")
    if scope not in CHOICES:
        raise BadRequest("Choose what the token may do: read, control or full", code="bad_scope")
    if not 1 <= days <= LONGEST_DAYS:
        raise BadRequest(f"A token lives 1 to {LONGEST_DAYS} days", code="bad_days")
    if personal_tokens(user).count() >= MOST_PERSONAL:
        raise BadRequest(f"There are {MOST_PERSONAL} tokens already; revoke one first", code="too_many")
    secret = new_secret(PERSONAL_PREFIX)
    ends = timezone.now() + timedelta(days=days)
    token = store(user.agent, Token.Kind.PERSONAL, secret, name=name, scope=scope, expires_at=ends)
    record("token.created", token, by)
    return token, secret


def personal_tokens(user: User):
    """The personal tokens of a person that work now, the newest first."""
    return Token.objects.valid().filter(agent_id=user.agent_id, kind=Token.Kind.PERSONAL).order_by("-id")


def signed_in_applications(user: User):
    """The applications that may act for a person until they are revoked, the newest first."""
    found = Token.objects.valid().filter(agent_id=user.agent_id, kind=Token.Kind.REFRESH)
    return found.select_related("client").order_by("-id")


@transaction.atomic
def create_client_secret(
    *,
    agent: Agent,
    name: str,
    by: Caller | None,
    scope: str = Token.Scope.FULL,
    permissions: list[dict] | None = None,
) -> tuple[Token, str]:
    """A client id (the token's `key`) and secret for an agent (`data-api §4.3`); the secret is never shown again."""
    secret = new_secret(CLIENT_PREFIX)
    kept = {"name": name.strip()[:LONGEST_NAME], "scope": scope, "permissions": permissions}
    token = store(agent, Token.Kind.CLIENT, secret, key=uuid.uuid4(), **kept)
    record("token.created", token, by)
    return token, secret


def create_refresh_token(
    *,
    agent: Agent,
    client,
    name: str = "",
    scope: str = Token.Scope.FULL,
    openid_scopes: str = "",
    seconds: int | None = None,
) -> tuple[Token, str]:
    """What an application keeps a person signed in with (`data-api §4.4`)."""
    secret = new_secret(REFRESH_PREFIX)
    ends = timezone.now() + timedelta(seconds=seconds or settings.REFRESH_TOKEN_SECONDS)
    kept = {"name": name[:LONGEST_NAME], "client": client, "scope": scope, "openid_scopes": openid_scopes}
    token = store(agent, Token.Kind.REFRESH, secret, expires_at=ends, **kept)
    record("token.created", token, None)
    return token, secret


@transaction.atomic
def revoke_token(*, token: Token, by: Caller | None) -> bool:
    """End a token and all that was issued from it. False when that was done before."""
    if by is not None and by.agent_id != token.agent_id and not by.is_superuser:
        raise NotFound("There is no such token")
    if not token.revoke():
        return False
    record("token.revoked", token, by)
    rights_changed(token.agent_id)
    return True


@transaction.atomic
def revoke_all(*, agent: Agent, by: Caller | None) -> int:
    """End every token of an agent, for example when its password was stolen."""
    count = Token.objects.filter(agent=agent, revoked_at=None).update(revoked_at=timezone.now())
    audit.record("token.all_revoked", actor=by, subject=agent, organisation_id=agent.organisation_id, count=count)
    rights_changed(agent.id)
    return count


@transaction.atomic
def rotate_token(*, caller: Caller, agent: Agent) -> tuple[str, datetime]:
    """A new token for a device that asks for it with its old one, which stays valid (`data-api §14.3`)."""
    _own_token(caller, agent)
    if not agent.token_self_rotation:
        raise Forbidden("This device may not replace its own token", code="no_self_rotation")
    retired = _retire_unused(caller, agent)
    secret = issue_device_token(agent)
    made = Token.objects.by_secret(secret, Token.Kind.DEVICE).get()
    record("token.rotated", made, caller, retired=retired)
    return secret, made.created_at


@transaction.atomic
def confirm_token(*, caller: Caller, agent: Agent) -> datetime:
    """Retire every device token that is older than the caller's own; doing so twice changes nothing."""
    token = _own_token(caller, agent)
    locked = Agent.objects.select_for_update().get(pk=agent.pk)
    if locked.tokens_valid_from is None or locked.tokens_valid_from < token.created_at:
        locked.tokens_valid_from = token.created_at
        locked.save(update_fields=["tokens_valid_from"])
        record("token.confirmed", token, caller)
        rights_changed(agent.id)
    return token.created_at


def _retire_unused(caller: Caller, agent: Agent) -> list[str]:
    """Make room for one more token of a device: of too many, those used longest ago, or never, end. Never its own."""
    Agent.objects.select_for_update().get(pk=agent.pk)
    valid = Token.objects.valid().filter(agent=agent, kind=Token.Kind.DEVICE)
    others = valid.exclude(pk=caller.token_id).order_by(F("last_used_at").asc(nulls_first=True), "id")
    over = list(others.values_list("pk", flat=True)[: max(valid.count() - MOST_DEVICE + 1, 0)])
    if over:
        Token.objects.filter(pk__in=over).update(revoked_at=timezone.now())
        rights_changed(agent.id)
    return [str(pk) for pk in over]


def _own_token(caller: Caller, agent: Agent) -> Token:
    """The device token that the caller came with. Rotation is the device's own act."""
    token = Token.objects.filter(pk=caller.token_id, kind=Token.Kind.DEVICE, agent=agent).first()
    if token is None or caller.assumed_by_id is not None:
        raise Forbidden("A device replaces its own token, with its own token", code="not_own_token")
    return token


def store(agent: Agent, kind: str, secret: str, **fields) -> Token:
    """The row of a new credential; of its secret the hash is kept."""
    return Token.objects.create(agent=agent, kind=kind, secret_hash=hash_secret(secret), **fields)


def record(action: str, token: Token, by: Caller | None, **more) -> None:
    """What was done with a credential, for the audit log."""
    agent = token.agent
    audit.record(
        action,
        actor=by,
        subject=agent,
        organisation_id=agent.organisation_id,
        kind=token.kind,
        token=str(token.id),
        name=token.name,
        scope=token.scope,
        client=token.client.name if token.client else None,
        **more,
    )
