"""Tokens: made, hashed, compared, sealed."""

import pytest
from cryptography.fernet import InvalidToken

from doover_web.common.secrets import hash_secret, new_secret, same, seal, unseal


def test_no_two_secrets_are_alike():
    made = {new_secret("dvd") for _ in range(100)}

    assert len(made) == 100
    assert all(secret.startswith("dvd_") and len(secret) > 40 for secret in made)


def test_the_hash_tells_nothing_and_stays():
    secret = new_secret("dvd")

    assert hash_secret(secret) == hash_secret(secret)
    assert secret not in hash_secret(secret)
    assert len(hash_secret(secret)) == 64


def test_comparing():
    assert same("müll", "müll")
    assert not same("a", "b")
    assert not same("a", "")


def test_what_is_sealed_needs_its_key():
    sealed = seal("private", "key")

    assert "private" not in sealed
    assert unseal(sealed, "key") == "private"
    with pytest.raises(InvalidToken):
        unseal(sealed, "another key")
