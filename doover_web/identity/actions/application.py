"""Applications that people sign in with (OAuth clients): registered by platform administrators."""

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from allauth.idp.oidc.adapter import get_adapter
from allauth.idp.oidc.models import Client
from django.db import transaction

from doover_web.common.wire import BadRequest, NotFound

from .. import audit
from ..auth import Caller
from ..changes import rights_changed
from ..clients import API_SCOPES, COMMAND_LINE
from ..flags import EVERYTHING
from ..models import Token

SCOPES = ("openid", "profile", "email", "offline_access", *map(str, API_SCOPES))
# A service signs in with a client id of its own (`credential.create_service`), so that grant is not among them.
GRANTS = (Client.GrantType.AUTHORIZATION_CODE.value, Client.GrantType.DEVICE_CODE.value)
REFRESH = Client.GrantType.REFRESH_TOKEN.value
LONGEST_NAME = 100
LONGEST_ADDRESS = 500
MOST_ADDRESSES = 20
LOCAL = ("localhost", "127.0.0.1", "::1")
# An application on a telephone or a desk has a scheme of its own, written like a host name backwards (RFC 8252).
OWN_SCHEME = re.compile(r"[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+")


@transaction.atomic
def register_application(*, by: Caller | None, public: bool, **values) -> tuple[Client, str]:
    """A new application and its secret, which is never shown again; "" for one that cannot keep a secret."""
    check_platform(by)
    client = Client(type=Client.Type.PUBLIC if public else Client.Type.CONFIDENTIAL)
    _keep(client, **values)
    secret = "" if public else get_adapter().generate_client_secret()
    if secret:
        client.set_secret(secret)
    client.save()
    _record("application.registered", client, by)
    return client, secret


@transaction.atomic
def edit_application(*, client: Client, by: Caller | None, **values) -> Client:
    """Change name, addresses, ways in and scopes. What it holds already stays as it was granted."""
    _check_ours(client, by)
    _keep(client, **values)
    client.save()
    _record("application.edited", client, by)
    return client


@transaction.atomic
def renew_application_secret(*, client: Client, by: Caller | None) -> str:
    """A new secret; the old one is refused from now on."""
    _check_ours(client, by)
    if client.type == Client.Type.PUBLIC:
        raise BadRequest("A public application has no secret", code="no_secret")
    secret = get_adapter().generate_client_secret()
    client.set_secret(secret)
    client.save(update_fields=["secret"])
    _record("application.secret_renewed", client, by)
    return secret


@transaction.atomic
def remove_application(*, client: Client, by: Caller | None) -> None:
    """End an application: everybody is signed out of it."""
    _check_ours(client, by)
    held = list(Token.objects.valid().filter(client=client).values_list("agent_id", flat=True).distinct())
    _record("application.removed", client, by)
    client.delete()
    if held:
        rights_changed(*held)


def check_platform(by: Caller | None) -> None:
    """Platform administrators only, and not with a token that is narrower than they are."""
    if by is not None and not (by.is_superuser and by.standing.limit == EVERYTHING):
        raise NotFound("There is no such page")


def checked_address(text: str) -> str:
    """A redirect address that may be registered. BadRequest says what is wrong with it."""
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname or "", parts.port
    except ValueError as problem:
        raise BadRequest(f"{text[:80]} is no address", code="bad_redirect") from problem
    secure = parts.scheme == "https" and bool(host)
    local = parts.scheme == "http" and host in LOCAL
    own = bool(OWN_SCHEME.fullmatch(parts.scheme)) and not parts.netloc
    plain = text.isascii() and text.isprintable() and not re.search(r"[\s*\\#<>\"]", text) and "@" not in parts.netloc
    if not plain or len(text) > LONGEST_ADDRESS or not (secure or local or own):
        words = "must be https://…, http://localhost… or a scheme of the application's own, without * and #"
        raise BadRequest(f"{text[:80]} {words}", code="bad_redirect")
    return text


def _keep(client: Client, *, name: str, addresses: Iterable[str], grants: Iterable[str], scopes: Iterable[str]) -> None:
    name = name.strip()
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        raise BadRequest(f"Give the application a name of at most {LONGEST_NAME} letters", code="bad_name")
    grants, scopes, addresses = _among(grants, GRANTS, "way in"), _among(scopes, SCOPES, "scope"), list(addresses)
    if not grants or not scopes:
        raise BadRequest("Choose at least one way in and one scope", code="no_choice")
    if len(addresses) > MOST_ADDRESSES:
        raise BadRequest(f"At most {MOST_ADDRESSES} redirect addresses", code="bad_redirect")
    if GRANTS[0] in grants and not addresses:
        raise BadRequest("Signing in with a browser takes a redirect address to come back to", code="bad_redirect")
    if GRANTS[1] in grants and client.type != Client.Type.PUBLIC:
        raise BadRequest("Signing in with a code is for public applications", code="bad_grant")
    # A device code is answered with a refresh token; elsewhere it comes with the scope that asks for it.
    stays = GRANTS[1] in grants or "offline_access" in scopes
    client.name = name
    client.set_redirect_uris([checked_address(one) for one in addresses])
    client.grant_types = "\n".join([*grants, REFRESH] if stays else grants)
    client.scopes = client.default_scopes = "\n".join(scopes)


def _among(chosen: Iterable[str], known: tuple[str, ...], what: str) -> list[str]:
    chosen = set(chosen)
    if strange := chosen - set(known):
        raise BadRequest(
            f"{sorted(strange)[0][:60]} is no {what} here; known are {', '.join(known)}", code="bad_choice"
        )
    return [one for one in known if one in chosen]


def _check_ours(client: Client, by: Caller | None) -> None:
    check_platform(by)
    if client.pk == COMMAND_LINE:
        raise BadRequest("The command line's own client is fixed", code="built_in")


def _record(action: str, client: Client, by: Caller | None) -> None:
    audit.record(
        action,
        actor=by,
        client=client.name,
        client_id=client.id,
        kind=client.type,
        addresses=client.get_redirect_uris(),
        grants=client.get_grant_types(),
        scopes=client.get_scopes(),
    )
