"""The tree of groups at the side, and a group's own page."""

import pytest
from django.utils import timezone

from doover_web.control.actions.dashboard import create_dashboard
from doover_web.data.actions.alarm import create_alarm
from doover_web.data.models import Alarm
from doover_web.data.publish import post_message, update_aggregate
from doover_web.identity.auth import caller_of_user
from doover_web.identity.models import Agent, Group, OrganisationRole, User

from .test_home import connected, make_devices


@pytest.fixture
def weir(creek):
    """Tallow Creek › Weir › Upper Weir, with a device in each."""
    weir = Group.objects.create(organisation=creek, parent=creek.root_group, name="Weir")
    upper = Group.objects.create(organisation=creek, parent=weir, name="Upper Weir")
    tanks = make_devices(creek, 2)
    for tank, group in zip(tanks, (weir, upper), strict=True):
        Agent.objects.filter(pk=tank.pk).update(group=group)
    return weir


def test_a_group_shows_what_hangs_below_it(browse, alice, weir, pump, reach):
    connected(reach, alice, Agent.objects.get(name="tank-1"))

    response = browse(alice).get(f"/group/{weir.id}/")

    assert [row.agent.title for row in response.context["rows"]] == ["Tank 000", "Tank 001"]
    page = response.content.decode()
    assert "2 devices, 1 group below" in page
    assert "Pump 7" not in page
    assert "<b>1</b>/2" in page


def test_a_stranger_finds_no_group(browse, mallory, weir):
    assert browse(mallory).get(f"/group/{weir.id}/").status_code == 404
    assert browse(mallory).get("/group/99/").status_code == 404


def test_the_tree_counts_and_leaves_out_what_is_archived(browse, alice, weir, pump):
    Group.objects.filter(name="Upper Weir").update(archived_at=timezone.now())

    branches = browse(alice).get("/").context["side"].branches

    assert [(one.name, one.depth, one.total) for one in branches] == [("Weir", 0, 1)]


def test_a_superuser_sees_the_groups_of_all_whose_devices_are_counted(browse, alice, mallory, weir, pump):
    other = mallory.memberships.get().organisation
    Agent.objects.create(kind="device", organisation=other, name="far-off")
    User.objects.filter(pk=alice.pk).update(is_superuser=True)

    side = browse(alice).get("/").context["side"]

    roots = [(one.name, one.total) for one in side.branches if one.depth == 0]
    assert roots == [("Elsewhere", 1), ("Tallow Creek Water", 3)]
    assert side.fleet.total == 4
    chosen = browse(alice)
    chosen.cookies["organisation"] = str(other.id)
    assert chosen.get("/").context["side"].fleet.total == 1


def test_devices_in_none_of_the_groups_are_counted_apart(browse, alice, bob, weir, pump):
    response = browse(alice).get("/")

    side = response.context["side"]
    assert sum(one.total for one in side.branches if one.depth == 0) + side.fleet.elsewhere.total == side.fleet.total
    assert side.fleet.elsewhere == (0, 1)
    assert "In none of them" in response.content.decode()
    Agent.objects.filter(pk=pump.pk).update(group=weir)
    assert "In none of them" not in browse(alice).get("/").content.decode()


def test_a_guest_finds_the_group_by_its_name(browse, bob, weir):
    """It is not the whole of the fleet, as the root of the organisation is."""
    bob.memberships.update(role=OrganisationRole.objects.built_in("Guest"))
    bob.grants.update(group=weir)

    side = browse(bob).get("/").context["side"]

    assert [(one.name, one.depth, one.total) for one in side.branches] == [("Weir", 0, 2), ("Upper Weir", 1, 1)]
    assert side.fleet.elsewhere == (0, 0)


def test_a_large_tree_opens_on_the_way_to_the_group(browse, alice, creek, weir):
    for number in range(70):
        other = Group.objects.create(organisation=creek, parent=creek.root_group, name=f"Bore {number:02d}")
        Group.objects.create(organisation=creek, parent=other, name=f"Deep {number:02d}")

    at_home = [one.name for one in browse(alice).get("/").context["side"].branches]
    in_weir = [one.name for one in browse(alice).get(f"/group/{weir.id}/").context["side"].branches]

    assert "Upper Weir" not in at_home
    assert "Upper Weir" in in_weir
    assert not any(name.startswith("Deep") for name in in_weir)


def test_the_line_of_a_group_says_what_is_there_and_where_one_is(browse, alice, weir, reach):
    def line(address):
        page = browse(alice).get(address).content.decode()
        return next(part for part in page.split("<li ") if f'href="/group/{weir.id}"' in part)

    assert "<b>0</b>/2" in line("/")
    connected(reach, alice, Agent.objects.get(name="tank-1"))
    assert "<b>1</b>/2" in line("/")
    assert "aria-current" not in line("/")
    assert 'aria-current="true"' in line(f"/group/{weir.id}/")
    Group.objects.filter(pk=weir.pk).update(name="<i>Weir")
    assert 'title="&lt;i&gt;Weir"' in line("/")


def test_alarms_dashboards_and_what_happened_stand_beside_its_devices(browse, alice, bob, creek, weir, reach):
    tank = Agent.objects.get(name="tank-1")
    at = reach(alice, tank)
    update_aggregate(reach=at, name="tag_values", data={"tank": {"level": 2}})
    create_alarm(
        reach=at, name="tag_values", body={"name": "Low tank", "key": "tank.level", "operator": "lt", "value": 5}
    )
    Alarm.objects.update(state="Alarm")
    post_message(reach=at, name="notifications", data={"message": "Tank 001 says hello"})
    upper = Group.objects.get(name="Upper Weir")
    create_dashboard(group=upper, title="Night watch", by=caller_of_user(alice))

    page = browse(bob).get(f"/group/{weir.id}/").content.decode()

    for words in ("Open alarms", "Low tank", "Night watch", "h-happened", "Tank 001 says hello"):
        assert words in page
    for address in ("alarms", "activity"):
        assert "Tank 001" in browse(bob).get(f"/{address}/?group={weir.id}").content.decode()
        away = Group.objects.create(organisation=creek, parent=creek.root_group, name=f"Away {address}")
        assert "Tank 001" not in browse(bob).get(f"/{address}/?group={away.id}").content.decode()


@pytest.mark.parametrize("page", ["alarms", "activity", "activity/export.csv"])
def test_a_group_that_one_does_not_see_narrows_nothing(browse, mallory, weir, page):
    assert browse(mallory).get(f"/{page}?group={weir.id}", follow=True).status_code == 404


def test_its_queries_stay_level(browse, alice, creek, weir, statements):
    client = browse(alice)
    client.get(f"/group/{weir.id}/")
    few = statements(lambda: client.get(f"/group/{weir.id}/"))
    for number in range(10):
        group = Group.objects.create(organisation=creek, parent=weir, name=f"Bore {number}")
        Agent.objects.create(kind="device", organisation=creek, group=group, name=f"bore-{number}")

    assert statements(lambda: client.get(f"/group/{weir.id}/")) == few
