"""The key pair that signs web pushes (RFC 8292): made at the first use, the private half encrypted with the secret
key, like the keys that sign access tokens."""

import base64
import functools

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings

from doover_web.common.secrets import seal, unseal

from .models import VapidKey

ENCODING, FORMAT = serialization.Encoding, serialization.PublicFormat


def public_key() -> str:
    """What a browser subscribes with: the uncompressed point, base64 for addresses, no padding."""
    return _key().public_key


def authorization(audience: str, expires: int) -> str:
    """The header for a push to the service at `audience`, good until `expires` (seconds since 1970)."""
    key = _key()
    claims = {"aud": audience, "exp": expires, "sub": _contact()}
    token = jwt.encode(claims, _private(unseal(key.sealed_private_pem, settings.SECRET_KEY)), algorithm="ES256")
    return f"vapid t={token},k={key.public_key}"


def _key() -> VapidKey:
    return VapidKey.objects.first() or _make()


def _make() -> VapidKey:
    private = ec.generate_private_key(ec.SECP256R1())
    pem = private.private_bytes(ENCODING.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode()
    point = private.public_key().public_bytes(ENCODING.X962, FORMAT.UncompressedPoint)
    values = {"sealed_private_pem": seal(pem, settings.SECRET_KEY), "public_key": text_of(point)}
    # Another process may make one at the same moment; the first stays.
    return VapidKey.objects.get_or_create(id=1, defaults=values)[0]


@functools.lru_cache(maxsize=2)
def _private(pem: str) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(pem.encode(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key


def _contact() -> str:
    """Whom a push service asks when something is wrong; it wants an https address or a mail address."""
    if settings.PUBLIC_URL.startswith("https://"):
        return settings.PUBLIC_URL
    return f"mailto:{settings.DEFAULT_FROM_EMAIL.rpartition('<')[2].rstrip('>')}"


def text_of(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
