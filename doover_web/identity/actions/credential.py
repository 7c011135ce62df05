"""What devices and services sign in with: issued on a page, shown once, replaced, ended."""

from django.db import transaction
from django.utils import timezone

from doover_web.common.secrets import hash_secret, new_secret
from doover_web.common.wire import BadRequest, Forbidden, NotFound

from .. import audit
from ..auth import DEVICE_PREFIX, Caller
from ..changes import rights_changed
from ..flags import EVERYTHING, Rights
from ..given import GROUP, listed
from ..guard import check_administers, check_gives, check_right
from ..models import Agent, Group, Organisation, Token
from .token import CHOICES, CLIENT_PREFIX, LONGEST_NAME, create_client_secret, record, store

MANAGES = "integrations_manage"
MOST = 50  # credentials of one agent that work


def credentials_of(agent: Agent):
    """The tokens and client secrets of a device or service that work now, the newest first."""
    kinds = (Token.Kind.DEVICE, Token.Kind.CLIENT)
    return Token.objects.valid().filter(agent=agent, kind__in=kinds).select_related("agent").order_by("-id")


def services_of(organisation: Organisation):
    """The client secrets of an organisation's services that work now."""
    found = Token.objects.valid().filter(kind=Token.Kind.CLIENT, permissions__isnull=False)
    return found.filter(agent__organisation=organisation).select_related("agent").order_by("agent__name", "-id")


@transaction.atomic
def issue_token(*, device: Agent, name: str, by: Caller | None) -> tuple[Token, str]:
    """A token for a device beside those it has, and its secret, which is never shown again."""
    _check_device(device, by)
    secret = new_secret(DEVICE_PREFIX)
    token = store(device, Token.Kind.DEVICE, secret, name=_checked_name(name))
    record("token.created", token, by)
    return token, secret


@transaction.atomic
def issue_client_secret(*, device: Agent, name: str, by: Caller | None) -> tuple[Token, str]:
    """A client id and secret for a device."""
    _check_device(device, by)
    return create_client_secret(agent=device, name=_checked_name(name), by=by)


@transaction.atomic
def set_self_rotation(*, device: Agent, on: bool, by: Caller | None) -> Agent:
    """Whether a device may replace its own token (`data-api §14.3`)."""
    check_right(by, device, Rights.CONFIGURE, "device_configure")
    if device.token_self_rotation != on:
        device.token_self_rotation = on
        device.save(update_fields=["token_self_rotation"])
        action = "device.self_rotation_allowed" if on else "device.self_rotation_ended"
        audit.record(action, actor=by, subject=device, organisation_id=device.organisation_id)
    return device


@transaction.atomic
def create_service(
    *, organisation: Organisation, name: str, group: Group, scope: str, by: Caller | None
) -> tuple[Token, str]:
    """A service of the organisation: a client id and secret that reach the devices in `group` and below.

    It gets what `by` may do there now, within `scope`; what `by` may do later does not change it.
    """
    check_administers(by, organisation, MANAGES)
    if group.organisation_id != organisation.id:
        raise NotFound("There is no such group")
    if scope not in CHOICES:
        raise BadRequest("Choose what the service may do: read, control or full", code="bad_scope")
    name = _checked_name(name)
    given = check_gives(by, {(GROUP, group.id): EVERYTHING})
    agent = Agent.objects.create(kind=Agent.Kind.APP, organisation=organisation, name=name)
    return create_client_secret(agent=agent, name=name, by=by, scope=scope, permissions=listed(given))


@transaction.atomic
def renew_client_secret(*, token: Token, by: Caller | None) -> str:
    """A new secret for the same client id; the old one and every access token issued for it end."""
    check_looks_after(by, token)
    if token.kind != Token.Kind.CLIENT:
        raise BadRequest("Only a client id has a secret to renew", code="no_client")
    secret = new_secret(CLIENT_PREFIX)
    valid = Token.objects.valid().filter(pk=token.pk)
    if not valid.update(secret_hash=hash_secret(secret)):
        raise NotFound("There is no such credential")
    token.issued.filter(revoked_at=None).update(revoked_at=timezone.now())
    record("token.renewed", token, by)
    rights_changed(token.agent_id)
    return secret


@transaction.atomic
def end_credential(*, token: Token, by: Caller | None) -> bool:
    """Revoke a credential of a device or service. False when that was done before."""
    check_looks_after(by, token)
    if not token.revoke():
        return False
    record("token.revoked", token, by)
    rights_changed(token.agent_id)
    return True


def check_looks_after(by: Caller | None, token: Token) -> None:
    """A device's credentials belong to those who configure it, a service's to those who manage integrations."""
    agent = token.agent
    if agent.kind == Agent.Kind.DEVICE:
        check_right(by, agent, Rights.CONFIGURE, "device_configure")
    elif agent.kind == Agent.Kind.APP and token.kind == Token.Kind.CLIENT and agent.organisation:
        check_administers(by, agent.organisation, MANAGES)
    else:
        raise NotFound("There is no such credential")


def _check_device(device: Agent, by: Caller | None) -> None:
    check_right(by, device, Rights.CONFIGURE, "device_configure")
    if device.kind != Agent.Kind.DEVICE or device.archived_at is not None:
        raise Forbidden("Only a device in use gets a token", code="no_device")
    if credentials_of(device).count() >= MOST:
        raise BadRequest(f"There are {MOST} credentials already; revoke one first", code="too_many")


def _checked_name(name: str) -> str:
    name = name.strip()
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        raise BadRequest(f"Write what it is for, in at most {LONGEST_NAME} letters", code="bad_name")
    return name
