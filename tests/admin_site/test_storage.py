"""The page that says what history takes."""

from datetime import date, timedelta

import pytest

from doover_web.data.models import Channel, ChannelSize
from doover_web.data.publish import open_channel
from doover_web.identity.models import Agent, AuditEntry

PAGE = "/admin-portal/storage/"
TODAY = date(2026, 11, 22)


@pytest.fixture
def measured(alice, pump, reach):
    for name, size in (("big", 5_000_000), ("small", 700)):
        channel = open_channel(reach=reach(alice, pump), name=name)
        for back in (0, 5):
            day, taken = TODAY - timedelta(days=back), size - back * 100
            ChannelSize.objects.create(agent_id=pump.id, channel_id=channel.id, day=day, bytes=taken, messages=12_345)


def test_the_largest_come_first(browse, alice, pump, measured):
    Channel.objects.filter(name="big").update(message_retention=86_400 * 30)

    page = browse(alice).get(PAGE).content.decode()

    assert page.index(">big</a>") < page.index(">small</a>")
    assert "5.0 MB" in page
    assert "12,345" in page
    assert "+100 B" in page
    assert "30 d" in page
    assert "for ever" in page
    assert browse(alice).get(PAGE + "?sort=growth&page=99").status_code == 200


def test_a_private_channel_is_not_named(browse, alice, measured):
    Channel.objects.filter(name="big").update(is_private=True)

    page = browse(alice).get(PAGE).content.decode()
    assert ">big</a>" not in page
    assert "Private channel" in page


def test_who_does_not_manage_does_not_see_it(browse, bob, mallory, measured):
    assert browse(bob).get(PAGE).status_code == 403
    assert "big" not in browse(mallory).get(PAGE).content.decode()


def test_its_queries_stay_level(browse, alice, pump, measured, statements):
    client = browse(alice)
    client.get(PAGE)
    few = statements(lambda: client.get(PAGE))
    for number in range(60):
        ChannelSize.objects.create(agent_id=pump.id, channel_id=number, day=TODAY, bytes=number, messages=1)

    assert statements(lambda: client.get(PAGE)) == few


def test_the_zone_of_days_can_be_chosen(browse, alice, bob, creek):
    assert browse(alice).post(PAGE, {"zone": "Asia/Kathmandu"}).status_code == 302
    assert Agent.objects.get(pk=creek.id).zone == "Asia/Kathmandu"
    assert AuditEntry.objects.filter(action="organisation.edited").count() == 1
    assert "not a time zone" in browse(alice).post(PAGE, {"zone": "Moon"}, follow=True).content.decode()
    assert browse(bob).post(PAGE, {"zone": "UTC"}).status_code == 403
    assert Agent.objects.get(pk=creek.id).zone == "Asia/Kathmandu"
