"""The search of the frame finds what one may see, and nothing else."""

from doover_web.control.models import Device
from doover_web.data.publish import open_channel, update_aggregate

from .test_home import make_devices


def found(browse, who, text, **more):
    response = browse(who).get("/search/", {"q": text, **more})
    assert response.status_code == 200
    return {part.kind.key: len(part.rows) for part in response.context["parts"]}


def test_devices_people_and_channels(browse, alice, bob, pump, reach):
    Device.objects.create(agent=pump, extra_config={"serial": "AX-7781"}, tags=["riverside"])
    update_aggregate(reach=reach(alice, pump), name="suction", data={})

    assert found(browse, alice, "pump") == {"devices": 1}
    assert found(browse, alice, "ax-77") == {"devices": 1}
    assert found(browse, alice, "River") == {"devices": 1}
    assert found(browse, alice, str(pump.id)) == {"devices": 1}
    assert found(browse, alice, "tran") == {"people": 1}
    assert found(browse, alice, "suct") == {"channels": 1}
    assert found(browse, alice, "") == {}


def test_it_shows_nothing_of_others(browse, bob, mallory, alice, pump, reach):
    update_aggregate(reach=reach(alice, pump), name="suction", data={})
    open_channel(reach=reach(alice, pump), name="secret", settings={"is_private": True})

    assert found(browse, mallory, "pump") == found(browse, mallory, "suct") == found(browse, mallory, "moreau") == {}
    assert found(browse, alice, "secret") == {"channels": 1}
    assert found(browse, bob, "secret") == {}


def test_many_are_paged(browse, alice, creek):
    make_devices(creek, 60)

    assert found(browse, alice, "tank") == {"devices": 6}
    assert found(browse, alice, "tank", **{"in": "devices"}) == {"devices": 50}
    assert found(browse, alice, "tank", **{"in": "devices", "page": "2"}) == {"devices": 10}
    assert found(browse, alice, "%_'\"\x00" + "x" * 500) == {}
