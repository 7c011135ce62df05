"""Tokens: make, hash, compare. The database holds hashes only. And which names secrets go by."""

import base64
import hashlib
import hmac
import re
import secrets

from cryptography.fernet import Fernet


def new_secret(prefix: str) -> str:
    """A token nobody can guess, `prefix` telling what it is for; 256 bits."""
    return f"{prefix}_{secrets.token_urlsafe(32)}"


def hash_secret(secret: str) -> str:
    """What is stored of a token. Plain SHA-256 is enough: the token itself is random, not a password."""
    return hashlib.sha256(secret.encode()).hexdigest()


def same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())


def seal(text: str, key: str) -> str:
    """`text` encrypted with a key derived from `key`, for secrets that are needed again."""
    return _fernet(key).encrypt(text.encode()).decode()


def unseal(sealed: str, key: str) -> str:
    """What `seal` hid. Raises cryptography's InvalidToken when the key is another."""
    return _fernet(key).decrypt(sealed.encode()).decode()


def _fernet(key: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"seal:" + key.encode()).digest()))


# Names of properties, in any case and however their words are joined: `signing_key`, `apiKey`, `dv-llm-api-key`.
SECRET = re.compile(r"password|secret|token|signingkey|apikey")
JOINTS = re.compile(r"[-_ .]")


def looks_secret(name: str) -> bool:
    """Whether a property of this name holds what only its writers should know."""
    return SECRET.search(JOINTS.sub("", name).lower()) is not None
