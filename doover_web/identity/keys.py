"""The keys that sign access tokens: the newest signs, older ones go on verifying."""

import base64
import functools
import hashlib
import json
import re
import threading
import time

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings
from jwt.types import Options

from doover_web.common.secrets import hash_secret, seal, unseal

from .models import SigningKey

ALGORITHM = "RS256"
# A key that is forgotten stops verifying in every process after this many seconds.
REMEMBER = 60


def sign(claims: dict) -> str:
    """A JWT of `claims`, signed with the newest key."""
    key = signing_key()
    private = _private_key(private_pem(key))
    return jwt.encode(claims, private, algorithm=ALGORITHM, headers={"kid": thumbprint(key.public_pem)})


def verified(text: str) -> dict:
    """The claims of a JWT that one of our keys signed and that has not ended. Raises jwt's errors or KeyError."""
    key = public_keys.get(header_of(text).get("kid", ""))
    return jwt.decode(text, key, algorithms=[ALGORITHM], issuer=settings.PUBLIC_URL, options={"require": ["exp"]})


def id_of_expired(text: str) -> int | None:
    """The `jti` of a JWT of ours that has ended; None when it has none."""
    key = public_keys.get(header_of(text).get("kid", ""))
    its_signature_counts: Options = {"verify_exp": False, "verify_nbf": False, "verify_iat": False, "verify_aud": False}
    claims = jwt.decode(text, key, algorithms=[ALGORITHM], options=its_signature_counts)
    jti = str(claims.get("jti", ""))
    return int(jti) if re.fullmatch("-?[0-9]{1,18}", jti) else None


def header_of(text: str) -> dict:
    """What a JWT says about its own signature; nothing of it is proven. Raises jwt's errors."""
    try:
        return jwt.get_unverified_header(text)
    except RecursionError as problem:  # a few kilobytes of brackets
        raise jwt.DecodeError("nested too deeply") from problem


def rotate(*, forget_older: bool = False) -> SigningKey:
    """Make a new key that signs from now on. Forgetting the older ones ends every access token they signed."""
    key = _make_signing_key()
    if forget_older:
        SigningKey.objects.exclude(pk=key.pk).delete()
        public_keys.forget()
    return key


def signing_key() -> SigningKey:
    """The newest key; the first caller makes it."""
    with _key_lock:
        return SigningKey.objects.order_by("-created_at").first() or _make_signing_key()


def private_pem(key: SigningKey) -> str:
    return unseal(key.sealed_private_pem, settings.SECRET_KEY)


@functools.lru_cache(maxsize=16)
def public_jwk(public_pem: str) -> dict:
    """A public key as it is published; `kid` is its thumbprint (RFC 7638)."""
    public = serialization.load_pem_public_key(public_pem.encode())
    assert isinstance(public, rsa.RSAPublicKey)
    jwk = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(public))
    members = json.dumps({name: jwk[name] for name in ("e", "kty", "n")}, separators=(",", ":"))
    kid = base64.urlsafe_b64encode(hashlib.sha256(members.encode()).digest()).rstrip(b"=").decode()
    return {"kty": jwk["kty"], "use": "sig", "alg": ALGORITHM, "kid": kid, "n": jwk["n"], "e": jwk["e"]}


def thumbprint(public_pem: str) -> str:
    return public_jwk(public_pem)["kid"]


class _PublicKeys:
    """Public keys by thumbprint, and by the row's id as the first tokens named them; read again now and then."""

    def __init__(self):
        self._known: dict[str, str] = {}
        self._since = 0.0

    def get(self, kid: str) -> str:
        if not isinstance(kid, str) or not re.fullmatch(r"[\w-]{1,64}", kid, re.ASCII):
            raise KeyError(kid)
        if kid not in self._known or time.monotonic() - self._since > REMEMBER:
            pems = dict(SigningKey.objects.values_list("id", "public_pem"))
            self._known = {**pems, **{thumbprint(pem): pem for pem in pems.values()}}
            self._since = time.monotonic()
        return self._known[kid]

    def forget(self) -> None:
        self._known = {}


public_keys = _PublicKeys()
_key_lock = threading.Lock()


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
