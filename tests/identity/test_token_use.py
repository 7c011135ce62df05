"""What the audit log says about the use of tokens: enough to find a thief, and little however busy a device is."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from doover_web.identity import context, token_use
from doover_web.identity.actions.token import create_personal_token
from doover_web.identity.auth import caller_of_token, issue_access_token, issue_device_token
from doover_web.identity.models import AuditEntry, Token


@pytest.fixture
def called():
    """`called(token, "192.0.2.1")`: the token is used from there, a minute or more after the time before."""

    def call(text, address="192.0.2.1"):
        Token.objects.filter(last_used_at__gte=timezone.now() - timedelta(minutes=2)).update(
            last_used_at=timezone.now() - timedelta(seconds=61)
        )
        before = context.origin.set(context.Origin(address, "pydoover"))
        try:
            return caller_of_token(text)
        finally:
            context.origin.reset(before)

    return call


@pytest.fixture
def told(db):
    """`told("token.used")`: whom and where the log names since the test began. A socket of an earlier test may have
    written late, and nobody removes an entry."""
    before = AuditEntry.objects.order_by("-id").values_list("id", flat=True).first() or 0

    def entries(action="token.used"):
        found = AuditEntry.objects.filter(action=action, source="token", id__gt=before).order_by("id")
        return [(entry.subject_name, entry.address) for entry in found]

    return entries


def test_a_busy_device_is_in_the_log_once_a_day_and_address(told, pump, called):
    token = issue_device_token(pump)
    for address in ["192.0.2.1", "192.0.2.1", "192.0.2.2", "192.0.2.1", None, "192.0.2.2"]:
        called(token, address)
    assert told() == [("Pump 7", "192.0.2.1"), ("Pump 7", "192.0.2.2")]

    entry = AuditEntry.objects.filter(action="token.used").first()
    assert (entry.actor_name, entry.organisation_id, entry.user_agent) == ("Pump 7", pump.organisation_id, "pydoover")
    assert entry.metadata["kind"] == "device"
    assert token not in str(entry.metadata)


def test_the_next_day_it_is_told_again(told, pump, called):
    token = issue_device_token(pump)
    called(token)
    with connection.cursor() as cursor:  # yesterday, as the trigger lets nobody say so
        cursor.execute("ALTER TABLE identity_auditentry DISABLE TRIGGER USER")
        AuditEntry.objects.update(at=timezone.now() - timedelta(days=1))
        cursor.execute("ALTER TABLE identity_auditentry ENABLE TRIGGER audit_append_only")
    Token.objects.update(last_used_at=timezone.now() - timedelta(days=1))
    called(token)

    assert len(told()) == 2


def test_many_addresses_are_told_to_a_limit(told, pump, called, monkeypatch):
    monkeypatch.setattr(token_use, "MOST_ADDRESSES", 3)
    token = issue_device_token(pump)
    for number in range(8):
        called(token, f"192.0.2.{number}")

    assert len(told()) == 3


def test_within_a_minute_nothing_is_asked(told, pump, django_assert_num_queries):
    token = issue_device_token(pump)
    caller_of_token(token)

    with django_assert_num_queries(1):
        caller_of_token(token)
    assert len(told()) == 1


def test_access_tokens_count_for_the_sign_in_they_came_from(told, alice, called):
    parent, _ = create_personal_token(user=alice, name="laptop", scope="full", days=1, by=None)
    for _ in range(3):
        called(issue_access_token(alice, parent=parent)[0])

    assert told() == [(alice.agent.title, "192.0.2.1")]
    assert AuditEntry.objects.get(action="token.used").metadata["token"] == str(parent.id)


def test_a_revoked_token_is_told_once_an_hour(told, pump, fresh_cache):
    token = issue_device_token(pump)
    Token.objects.filter(agent=pump).update(revoked_at=timezone.now())
    for _ in range(5):
        with pytest.raises(Exception, match="revoked"):
            caller_of_token(token)
    assert told("token.refused") == [("Pump 7", None)]
    assert AuditEntry.objects.filter(action="token.refused").latest("id").metadata["reason"] == "revoked"

    fresh_cache()  # an hour later
    with pytest.raises(Exception, match="revoked"):
        caller_of_token(token)
    assert len(told("token.refused")) == 2


def test_why_it_was_refused(alice, pump, fresh_cache):
    expired, _ = issue_access_token(alice)
    Token.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    gone, _ = issue_access_token(alice, seconds=-5)
    archived = issue_device_token(pump)
    pump.archived_at = timezone.now()
    pump.save()
    for text in (expired, gone, archived, "dvd_nobody-knows-this", "a.b.c"):
        with pytest.raises(Exception, match=r"token"):
            caller_of_token(text)

    reasons = (
        AuditEntry.objects.filter(action="token.refused").order_by("id").values_list("metadata__reason", flat=True)
    )
    assert list(reasons) == ["expired", "expired", "archived"]


def test_the_page_and_its_file_tell_it(alice, mallory, browse, pump, called):
    called(issue_device_token(pump), "192.0.2.77")
    called(issue_access_token(alice)[0], "192.0.2.78")

    page = browse(alice).get("/admin-portal/audit/?action=token.").content.decode()
    assert "192.0.2.77" in page
    assert "192.0.2.78" in page
    file = b"".join(browse(alice).get("/admin-portal/audit/download/?action=token.used")).decode()
    assert file.count("token.used") == 2
    assert "192.0.2.7" not in browse(mallory).get("/admin-portal/audit/").content.decode()


def test_nobody_empties_the_log(alice):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE identity_auditentry ENABLE TRIGGER audit_not_emptied")
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            cursor.execute("TRUNCATE identity_auditentry")
    assert AuditEntry.objects.exists()
