"""The tree of groups at the side, and a group's own page."""

import pytest
from django.utils import timezone

from doover_web.identity.models import Agent, Group

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


def test_a_large_tree_opens_on_the_way_to_the_group(browse, alice, creek, weir):
    for number in range(70):
        other = Group.objects.create(organisation=creek, parent=creek.root_group, name=f"Bore {number:02d}")
        Group.objects.create(organisation=creek, parent=other, name=f"Deep {number:02d}")

    at_home = [one.name for one in browse(alice).get("/").context["side"].branches]
    in_weir = [one.name for one in browse(alice).get(f"/group/{weir.id}/").context["side"].branches]

    assert "Upper Weir" not in at_home
    assert "Upper Weir" in in_weir
    assert not any(name.startswith("Deep") for name in in_weir)


def test_its_queries_stay_level(browse, alice, creek, weir, statements):
    client = browse(alice)
    client.get(f"/group/{weir.id}/")
    few = statements(lambda: client.get(f"/group/{weir.id}/"))
    for number in range(10):
        group = Group.objects.create(organisation=creek, parent=weir, name=f"Bore {number}")
        Agent.objects.create(kind="device", organisation=creek, group=group, name=f"bore-{number}")

    assert statements(lambda: client.get(f"/group/{weir.id}/")) == few
