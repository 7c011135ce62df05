"""The connection of a device: when it came and went, and what the banner of one that is away tells."""

import pytest

from doover_web.common.snowflake import first_id_of, now_ms
from doover_web.data.comings import Turn
from doover_web.data.publish import post_message, update_aggregate
from doover_web.identity.actions.member import revoke_group_role
from doover_web.identity.models import GroupGrant, GroupRole
from doover_web.notifications.kinds import Kind
from doover_web.notifications.models import Awaited, Endpoint
from portal.ui.uptime import bars_of, share_of, stays_of, within

HOUR = 3_600_000
DAY = 24 * HOUR
NAME = "doover_connection"


@pytest.fixture
def outage(alice, pump, reach):
    """There for eleven days, away for an hour, there for a day, and away since an hour ago."""
    now = now_ms()
    for hours, state in ((13 * 24, "Online"), (2 * 24 + 2, "Offline"), (2 * 24 + 1, "Online"), (1, "Offline")):
        data = {"determination": state}
        post_message(reach=reach(alice, pump), name=NAME, data=data, message_id=first_id_of(now - hours * HOUR))
    status = {"status": "ContinuousOffline", "last_online": now - HOUR, "ip": "203.0.113.7"}
    badge = {"status": status, "determination": "Offline", "config": {"expected_interval": 60}}
    update_aggregate(reach=reach(alice, pump), name=NAME, data=badge)
    return now


def test_stretches_and_their_share():
    turns = [Turn(90, True), Turn(80, False), Turn(10, True)]

    stays = within(stays_of(turns, 100), 0, 100)

    assert [(one.start, one.end, one.is_there) for one in stays] == [
        (90, 100, True),
        (80, 90, False),
        (10, 80, True),
        (0, 10, None),
    ]
    assert share_of(stays) == "88.9 %"
    assert [(bar.kind, bar.x, bar.width) for bar in bars_of(stays)] == [
        ("idle", "0.0", "100.0"),
        ("ok", "100.0", "700.0"),
        ("ok", "900.0", "100.0"),
        ("bad", "800.0", "100.0"),
    ]


@pytest.mark.parametrize(
    ("turns", "share"),
    [([], ""), ([Turn(0, True)], "100 %"), ([Turn(0, False)], "0.0 %"), ([Turn(9, True), Turn(8, False)], "90.0 %")],
)
def test_what_is_not_known_counts_for_nothing(turns, share):
    assert share_of(within(stays_of(turns, 18), 0, 18)) == share


def test_a_hundred_percent_is_all_of_it():
    turns = [Turn(99_999, True), Turn(99_998, False), Turn(0, True)]

    assert share_of(stays_of(turns, 100_000)) == "99.9 %"


def test_a_device_has_its_comings_and_goings(browse, alice, pump, outage):
    section = _connection(browse(alice), pump)

    rows = section.split("<tr>")[2:]
    assert [("Online" in row, row.split('data-label="Lasted">')[1].split("<")[0]) for row in rows] == [
        (False, "1 h"),
        (True, "2 d"),
        (False, "1 h"),
        (True, "10 d 22 h"),
    ]
    assert ">99.4 %" in section
    assert "every 1 min" in section
    assert "203.0.113.7" in section
    assert f'href="/connections/{pump.id}"' in section
    week = browse(alice).get(f"/device/{pump.id}/details/?days=1").content.decode()
    assert ">95.8 %<" in week
    assert ">99.4 %" in browse(alice).get(f"/device/{pump.id}/details/?days=-x").content.decode()


def test_what_is_not_known_has_no_share(browse, alice, pump, reach):
    """All that is known is the outage one is in: nothing says how it was before."""
    went = now_ms() - 3 * HOUR
    badge = {"status": {"status": "ContinuousOffline", "last_online": went}, "determination": "Offline"}
    update_aggregate(reach=reach(alice, pump), name=NAME, data=badge)

    section = _connection(browse(alice), pump)

    assert "0.0" not in section.split("<svg")[0]
    assert "not known before" in section.split("</dl>")[0]
    assert _legend(section) == ["Offline", "Not known before"]


def test_a_share_says_of_how_much_it_is_known(browse, alice, pump, outage):
    assert "of the 13 d known" in _connection(browse(alice), pump)
    assert " known<" not in _connection(browse(alice), pump, "?days=7").split("</dl>")[0]


def _connection(client, pump, query: str = "") -> str:
    page = client.get(f"/device/{pump.id}/details/{query}").content.decode()
    return page.split('aria-labelledby="connection"')[1].split("</section>")[0]


def _legend(section: str) -> list[str]:
    listed = section.split('<ul class="dv-legend"')[1].split("</ul>")[0].split("</svg>")[1:]
    return [one.split("<")[0].strip() for one in listed]


def test_an_outage_that_no_message_told_of_is_there_too(browse, alice, pump, reach):
    status = {"status": "ContinuousOffline", "last_online": now_ms() - 3 * HOUR}
    badge = {"status": status, "determination": "Offline"}
    update_aggregate(reach=reach(alice, pump), name=NAME, data=badge)

    page = browse(alice).get(f"/device/{pump.id}/details/").content.decode()

    assert 'data-label="Lasted">3 h<' in page
    assert "Nothing known of these days" not in page


def test_the_banner_of_a_device_that_is_away_has_the_facts(browse, alice, pump, outage):
    page = browse(alice).get(f"/device/{pump.id}/").content.decode()
    facts = page.split('<dl class="dv-facts">')[1].split("</dl>")[0]

    assert "every 1 min" in facts
    assert "203.0.113.7" in facts
    assert "online 2 d" in facts
    assert f'href="/device/{pump.id}/details#connection"' in page


def test_one_can_be_told_when_it_is_back_and_think_better_of_it(browse, alice, bob, mallory, pump, reach, outage):
    level = {"type": "uiVariable", "displayString": "Level", "currentValue": "$tag.app().level:number"}
    app = {"type": "uiApplication", "children": {"level": level}}
    update_aggregate(reach=reach(alice, pump), name="ui_state", data={"state": {"children": {"pump_1": app}}})
    client = browse(alice)
    there, address = f"/device/{pump.id}/", f"/device/{pump.id}/await"

    client.post(address)
    client.post(address)
    page = client.get(there).content.decode()
    assert "nobody can tell you yet: there is no address" in page
    assert "You are told" not in page  # nobody is, while there is no address
    assert "Do not tell me" in page
    assert "Tell me when it is back" not in page
    assert "Tell me when it is back" in browse(bob).get(there).content.decode()
    mine = client.get("/me/notifications/subscriptions/").content.decode()
    assert "You wait for them to be back" in mine
    assert "Nothing arrives at your addresses now" in mine

    again = client.get(there + "?part=board").content.decode()
    assert ("Do not tell me" in again, "every 1 min" in again) == (True, True)

    client.post(address, {"stop": "1"})
    assert "Tell me when it is back" in client.get(there).content.decode()
    assert browse(mallory).post(address).status_code == 404


def test_who_is_told_hears_so_and_who_is_not_hears_why_first(browse, alice, pump, outage, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    for name, extra in (("Mail", {"email": "alice@example.com"}), ("Hook", {"url": "https://example.com/hook"})):
        kind = Kind.Email if name == "Mail" else Kind.Http
        Endpoint.objects.create(agent=alice.agent, type=kind, name=name, is_default=True, extra_data=extra)
    client, there, address = browse(alice), f"/device/{pump.id}/", f"/device/{pump.id}/await"

    client.post(address)
    page = client.get(there).content.decode()
    assert 0 < page.index("Nothing arrives at Mail now") < page.index("You are told once, when Pump 7 is back.")
    assert "You are told when it is back." in client.get(there).content.decode()
    assert "You are told when they are back" in client.get("/me/notifications/subscriptions/").content.decode()

    client.post(address, {"stop": "1"})
    Endpoint.objects.filter(name="Hook").delete()
    client.post(address)
    page = client.get(there).content.decode()
    assert page.index("Nothing arrives at Mail now") < page.index("while nothing arrives you do not hear of it")
    assert "You are told" not in page
    assert "nothing arrives at your addresses</a> now" in page


def test_what_one_may_no_longer_see_is_not_named_and_can_be_let_go(browse, bob, creek, pump, outage):
    client, address, mine = browse(bob), f"/device/{pump.id}/await", "/me/notifications/subscriptions/"
    client.post(address)
    grant = GroupGrant.objects.get(user=bob)
    role = GroupRole.objects.create(organisation=creek, name="Onlooker", flags=["device_view"])
    GroupGrant.objects.filter(pk=grant.pk).update(role=role)
    assert client.post(address).status_code == 403
    assert "You wait for them to be back" in client.get(mine).content.decode()

    revoke_group_role(grant=grant, by=None)
    assert "You wait for them" not in client.get(mine).content.decode()
    assert client.post(address, {"stop": "1"}).status_code == 404
    GroupGrant.objects.create(group=grant.group, user=bob, role=role)
    client.post(address, {"stop": "1"})
    assert not Awaited.objects.exists()
