"""Wrong input to our management commands is answered with what to write instead."""

import io
import sys

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command

from doover_web.identity.auth import caller_of_token

PASSWORD = "quiet otter on the weir"


@pytest.fixture
def typed(monkeypatch):
    return lambda text: monkeypatch.setattr(sys, "stdin", io.StringIO(text))


def test_a_superuser_joins_the_organisation_named(db, typed):
    typed(PASSWORD + "\n")
    call_command("create_superuser", "--email", "Ada@Example.com", "--password-stdin", "--organisation", "Weir Trust")

    ada = get_user_model().objects.get(email="ada@example.com")
    assert ada.is_superuser
    assert ada.check_password(PASSWORD)
    assert [(one.organisation.name, one.role.name) for one in ada.memberships.all()] == [("Weir Trust", "Admin")]


@pytest.mark.parametrize(
    ("email", "password", "message"),
    [
        ("x@example.com", "short", "too short"),
        ("x@example.com", "", "too short"),
        ("x@example.com", "password1234", "too common"),
        ("nonsense", PASSWORD, "not an e-mail address"),
        ("ALICE", PASSWORD, "exists already"),
    ],
)
def test_a_superuser_that_cannot_be(alice, typed, email, password, message):
    typed(password)
    with pytest.raises(CommandError, match=message):
        call_command(
            "create_superuser", "--email", alice.email.upper() if email == "ALICE" else email, "--password-stdin"
        )


def test_without_a_terminal_it_asks_for_the_option(db, typed):
    typed("")
    with pytest.raises(CommandError, match="--password-stdin"):
        call_command("create_superuser", "--email", "x@example.com")


def test_a_profile_carries_a_working_token(alice):
    printed = io.StringIO()
    call_command("profile", alice.email.upper(), "--name", "site", stdout=printed)

    header, *lines = printed.getvalue().split()
    profile = dict(line.split("=", 1) for line in lines)
    assert header == "[profile=site]"
    assert caller_of_token(profile["TOKEN"]).agent_id == alice.id == int(profile["AGENT_ID"])
    assert float(profile["TOKEN_EXPIRES"]) > 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["nobody@example.com"], "create_superuser --email nobody@example.com"),
        (["ALICE", "--name", "a b"], "letters, digits"),
        (["ALICE", "--days", "0"], "between 1 and 3650"),
    ],
)
def test_a_profile_that_cannot_be(alice, options, message):
    with pytest.raises(CommandError, match=message):
        call_command("profile", *(alice.email if one == "ALICE" else one for one in options))
