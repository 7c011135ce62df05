"""To a browser, through its maker's push service (RFC 8030), encrypted for that browser alone (RFC 8291)."""

import base64
import binascii
import hashlib
import time
from typing import Any

import http_ece
import orjson
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from doover_web.common import outgoing
from doover_web.common.wire import BadRequest

from .. import vapid
from ..letter import Letter, NotSent, one_line
from ..topics import SEVERITIES

SHAPE = '{"endpoint": "https://…", "key_p256dh": "…", "key_auth": "…", "expires_at"?: ms}'
ENDED = gettext_noop("The browser's subscription has ended")
LONGEST_MESSAGE = 1000  # characters; a push holds 4 KB
KEPT_SECONDS = 24 * 3600  # how long the service keeps it for a browser that is away
TOKEN_SECONDS = 12 * 3600


def keys_of(extra_data: dict[str, Any]) -> dict[str, Any]:
    """`key_p256dh` and `key_auth` are the names of the contract; the browser's own, below `keys`, are taken as well."""
    below = extra_data.get("keys")
    keys = below if isinstance(below, dict) else {}
    return {
        "p256dh": extra_data.get("key_p256dh", keys.get("p256dh")),
        "auth": extra_data.get("key_auth", keys.get("auth")),
    }


def check(extra_data: dict[str, Any]) -> None:
    try:
        outgoing.check_url(extra_data.get("endpoint"))
        point, secret = (_bytes(value) for value in keys_of(extra_data).values())
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
        if len(secret) != 16:
            raise ValueError
    except (outgoing.AddressRefused, ValueError, TypeError) as problem:
        raise BadRequest(
            _("A WebPush endpoint needs extra_data %(shape)s") % {"shape": SHAPE}, code="bad_push"
        ) from problem
    expires = extra_data.get("expires_at")
    if expires is not None and (isinstance(expires, bool) or not isinstance(expires, int | float)):
        raise BadRequest(_("expires_at is in milliseconds since 1970"), code="bad_push")


def obstacle(extra_data: dict[str, Any]) -> str:
    expires = extra_data.get("expires_at")
    return ENDED if expires and expires < time.time() * 1000 else ""


def send(letter: Letter) -> None:
    address = letter.endpoint.extra_data["endpoint"]
    url = outgoing.check_url(address)
    now = int(time.time())
    headers = {
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(KEPT_SECONDS),
        "Urgency": "high" if letter.severity >= SEVERITIES["Warn"] else "normal",
        # The service replaces what it still holds with the same topic, so a second try is not shown twice.
        "Topic": hashlib.sha256(letter.key.encode()).hexdigest()[:32],
        "Authorization": vapid.authorization(f"{url.scheme}://{url.netloc.decode()}", now + TOKEN_SECONDS),
    }
    try:
        answer = outgoing.post(address, _sealed(letter), headers, allowed=settings.OUTGOING_ALLOWED_NETWORKS)
    except outgoing.AddressRefused as problem:
        raise NotSent(str(problem), for_good=True) from problem
    except outgoing.NoAnswer as problem:
        raise NotSent(str(problem)) from problem
    if answer.status in (404, 410):
        raise NotSent(f"The browser took its subscription back ({answer.status})", is_gone=True)
    if not answer.is_good:
        for_good = answer.status in (400, 401, 403, 413)
        raise NotSent(f"The push service answered {answer.status}", for_good=for_good)


def _sealed(letter: Letter) -> bytes:
    content = {
        "title": letter.title,
        "body": one_line(letter.message, LONGEST_MESSAGE),
        "url": letter.url,
        "tag": letter.key,
        "urgent": letter.severity >= SEVERITIES["Critical"],
    }
    point, secret = (_bytes(value) for value in keys_of(letter.endpoint.extra_data).values())
    once = ec.generate_private_key(ec.SECP256R1())
    return http_ece.encrypt(orjson.dumps(content), private_key=once, dh=point, auth_secret=secret, version="aes128gcm")


def _bytes(text: Any) -> bytes:
    if not isinstance(text, str) or len(text) > 200:
        raise ValueError
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error as problem:
        raise ValueError from problem
