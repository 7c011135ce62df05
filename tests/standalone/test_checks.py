"""A wrong setting stops the start, and the message says what to write instead."""

import os
import subprocess
import sys

import pytest

from doover_web.checks import public_url_is_a_known_host, wrong_settings
from doover_web.standalone.place import ROOT

RIGHT = {
    "SECRET_KEY": "k" * 48,
    "DATABASE_URL": "postgres://user:password@db.example.com:5432/doover",
    "VALKEY_URL": "redis://:password@valkey.example.com:6379",
    "PUBLIC_URL": "https://iot.example.com",
    "ALLOWED_HOSTS": ["iot.example.com"],
    "DEBUG": False,
}


@pytest.fixture
def right(settings):
    for name, value in RIGHT.items():
        setattr(settings, name, value)
    return settings


def test_right_settings_pass(right):
    assert wrong_settings() == []
    assert public_url_is_a_known_host() == []


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("SECRET_KEY", "short", "DOOVER_SECRET_KEY has only 5 characters"),
        ("DATABASE_URL", "", "DATABASE_URL is missing. Use bin/serve"),
        ("DATABASE_URL", "mysql://db.example.com/doover", "postgres://user:password@host:5432/name"),
        ("DATABASE_URL", "postgres://db.example.com", "postgres://user:password@host:5432/name"),
        ("VALKEY_URL", "", "VALKEY_URL is missing"),
        ("VALKEY_URL", "redis://valkey.example.com/3", "without a database number"),
        ("VALKEY_URL", "redis://valkey.example.com:port", "redis://:password@host:6379"),
        ("PUBLIC_URL", "iot.example.com", "scheme and host only"),
        ("PUBLIC_URL", "http://[", "scheme and host only"),
        ("PUBLIC_URL", "https://iot.example.com/portal", "scheme and host only"),
        ("DEBUG", True, "shows secrets to iot.example.com"),
        ("ACCESS_TOKEN_SECONDS", 5, "DOOVER_ACCESS_TOKEN_SECONDS"),
        ("MAX_BODY_BYTES", -1, "DOOVER_MAX_BODY_BYTES"),
        ("MAX_JSON_DEPTH", 100_000, "DOOVER_MAX_JSON_DEPTH"),
        ("INSTANCE", 1024, "DOOVER_INSTANCE"),
    ],
)
def test_a_wrong_setting_is_named(right, name, value, message):
    setattr(right, name, value)

    [complaint] = wrong_settings()
    assert message in complaint


def test_a_public_address_that_would_be_refused_is_a_warning(right):
    right.ALLOWED_HOSTS = ["localhost"]

    [warning] = public_url_is_a_known_host()
    assert warning.hint == "Add iot.example.com to DOOVER_HOSTS."


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"DATABASE_URL": "", "DOOVER_SECRET_KEY": ""}, "DOOVER_SECRET_KEY is missing"),
        ({"DOOVER_INSTANCE": "seven"}, "DOOVER_INSTANCE is 'seven'. Write a whole number."),
        ({"DOOVER_DEBUG": "perhaps"}, "DOOVER_DEBUG is 'perhaps'. Write true or false."),
        ({"DATABASE_URL": "postgres://host:port/name"}, "DATABASE_URL is no address."),
        ({"DATABASE_URL": "nonsense"}, "DATABASE_URL is not the address of a PostgreSQL database."),
        ({"DOOVER_EMAIL_URL": "nonsense"}, "DOOVER_EMAIL_URL is no address of a mail server."),
    ],
)
def test_a_command_stops_without_a_traceback(wrong, message):
    argv = [sys.executable, "manage.py", "check"]
    done = subprocess.run(argv, env=os.environ | wrong, cwd=ROOT, capture_output=True, text=True)

    assert done.returncode == 1
    assert message in done.stderr
    assert "Traceback" not in done.stderr
