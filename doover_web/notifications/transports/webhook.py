"""By a signed POST to a program, as Standard Webhooks has it (https://www.standardwebhooks.com)."""

import base64
import binascii
import hashlib
import hmac
import secrets
import time
from typing import Any

import orjson
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from doover_web.common import outgoing
from doover_web.common.secrets import seal, unseal
from doover_web.common.wire import BadRequest

from ..letter import Letter, NotSent

PREFIX = "whsec_"
PRIVATE = gettext_noop("This server does not call addresses of a private network")


def new_secret() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def check_secret(secret: Any) -> str:
    """A secret that somebody brings along: `whsec_` and base64 of 24 to 64 bytes."""
    try:
        text = secret if isinstance(secret, str) and secret.startswith(PREFIX) else ""
        if 24 <= len(base64.b64decode(text.removeprefix(PREFIX), validate=True)) <= 64:
            return text
    except binascii.Error:
        pass
    raise BadRequest(_("A secret is whsec_ and base64 of 24 to 64 bytes"), code="bad_secret")


def sealed(secret: str) -> str:
    return seal(secret, settings.SECRET_KEY)


def check(extra_data: dict[str, Any]) -> None:
    """The address is looked up and judged again at every call; a private one is refused then."""
    try:
        outgoing.check_url(extra_data.get("url"))
    except outgoing.AddressRefused as problem:
        words = f'An Http endpoint needs extra_data {{"url": "https://…"}}. {problem}'
        raise BadRequest(words, code="bad_url") from problem


def obstacle(extra_data: dict[str, Any]) -> str:
    return PRIVATE if outgoing.is_never_called(extra_data["url"], settings.OUTGOING_ALLOWED_NETWORKS) else ""


def send(letter: Letter) -> None:
    body = orjson.dumps(letter.as_json())
    moment = str(int(time.time()))
    secret = unseal(letter.endpoint.sealed_secret, settings.SECRET_KEY)
    headers = {
        "Content-Type": "application/json",
        "Webhook-Id": letter.key,
        "Webhook-Timestamp": moment,
        "Webhook-Signature": signature(secret, letter.key, moment, body),
    }
    try:
        answer = outgoing.post(
            letter.endpoint.extra_data["url"], body, headers, allowed=settings.OUTGOING_ALLOWED_NETWORKS
        )
    except outgoing.AddressRefused as problem:
        raise NotSent(str(problem), for_good=True) from problem
    except outgoing.NoAnswer as problem:
        raise NotSent(str(problem)) from problem
    if answer.status == 410:
        raise NotSent("The address answered 410: it is gone", is_gone=True)
    if not answer.is_good:
        raise NotSent(f"The address answered {answer.status}", for_good=300 <= answer.status < 400)


def signature(secret: str, key: str, moment: str, body: bytes) -> str:
    """`v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`."""
    raw = base64.b64decode(secret.removeprefix(PREFIX))
    made = hmac.new(raw, f"{key}.{moment}.".encode() + body, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(made).decode()}"
