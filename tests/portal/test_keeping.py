"""For how long a channel keeps its messages, from its page."""

import pytest

from doover_web.data.models import Channel
from doover_web.data.publish import post_message
from doover_web.identity.models import AuditEntry, Organisation


@pytest.fixture
def level(alice, pump, reach):
    post_message(reach=reach(alice, pump), name="level", data={"metres": 1.5})
    return f"/channels/{pump.id}/level/?panel=keeping"


def kept():
    return Channel.objects.get(name="level").message_retention


def save(client, level, **form):
    return client.post(level, {"action": "keep", "how": "own", **form}, follow=True)


def test_it_is_said_and_changed(browse, alice, pump, level):
    browser = browse(alice)
    assert "Messages are kept for ever." in browser.get(level).content.decode()

    page = save(browser, level, number="2", unit="weeks").content.decode()
    assert kept() == 14 * 86_400
    assert "Messages of this channel are kept for 14 d." in page
    assert 'value="2"' in page
    entry = AuditEntry.objects.get(action="channel.retention_changed")
    assert (entry.subject_id, entry.metadata) == (
        pump.id,
        {"channel": "level", "before": None, "after": 14 * 86_400},
    )

    save(browser, level, how="usual")
    assert kept() is None
    assert AuditEntry.objects.filter(action="channel.retention_changed").count() == 2


def test_the_installations_own_span_is_named(browse, alice, level, settings):
    settings.MESSAGE_RETENTION_DAYS = 90

    assert "As in the installation (90 days)" in browse(alice).get(level).content.decode()


def test_the_organisations_span_goes_before_the_installations(browse, alice, creek, level, settings):
    settings.MESSAGE_RETENTION_DAYS = 90
    Organisation.objects.filter(pk=creek.pk).update(retention_period=7)

    assert "As in the organisation (7 days)" in browse(alice).get(level).content.decode()


@pytest.mark.parametrize(
    "form",
    [
        {"number": "", "unit": "days"},
        {"number": "0", "unit": "hours"},
        {"number": "-1", "unit": "days"},
        {"number": "9999999", "unit": "weeks"},
        {"number": "٣", "unit": "days"},
        {"number": "1", "unit": "moons"},
    ],
)
def test_what_cannot_be_kept_is_refused_in_words(browse, alice, level, form):
    response = save(browse(alice), level, **form)

    assert response.status_code == 400
    assert 'role="alert"' in response.content.decode()
    assert kept() is None


def test_who_may_look_may_not_change_it(browse, bob, mallory, level):
    page = browse(bob).get(level).content.decode()
    assert 'name="number"' not in page
    assert browse(bob).post(level, {"action": "keep", "how": "own", "number": "1", "unit": "days"}).status_code in (
        400,
        403,
    )
    assert kept() is None
    assert browse(mallory).get(level).status_code == 404


def test_the_api_is_in_the_log_too(api, alice, pump, level):
    address = f"/api/agents/{pump.id}/channels/level"
    assert api(alice).put(address, {"message_retention": 7200}).status_code == 200
    assert api(alice).put(address, {"message_retention": 7200}).status_code == 200

    assert AuditEntry.objects.filter(action="channel.retention_changed").count() == 1
