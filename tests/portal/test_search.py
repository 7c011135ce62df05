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
    assert found(browse, alice, str(pump.id), **{"in": "devices"}) == {"devices": 1}
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


def test_the_only_one_of_a_name_opens(browse, alice, mallory, creek, pump):
    page = browse(alice)
    for text in ("pump 7", "PUMP 7", str(pump.id)):
        assert page.get("/search/", {"q": text})["Location"] == f"/device/{pump.id}"
    assert page.get("/search/", {"q": "pump"}).status_code == 200
    assert browse(mallory).get("/search/", {"q": "pump 7"}).status_code == 200

    twin = make_devices(creek, 1)[0]
    type(twin).objects.filter(pk=twin.pk).update(display_name="Pump 7")
    assert found(browse, alice, "pump 7") == {"devices": 2}


def test_suggestions_are_few_and_of_what_one_may_see(browse, alice, mallory, creek, pump, reach):
    update_aggregate(reach=reach(alice, pump), name="pumping", data={})
    first = browse(alice).get("/search/suggest/", {"q": "pum"}).content.decode()
    assert first.index("Pump 7") < first.index("pumping")
    assert f'href="/device/{pump.id}"' in first
    assert first.index("Device · ") < first.index("Channel · ")
    assert "Pump" not in browse(mallory).get("/search/suggest/", {"q": "pum"}).content.decode()
    assert "Nothing is called so" in browse(alice).get("/search/suggest/", {"q": "zzz"}).content.decode()

    make_devices(creek, 30)
    assert browse(alice).get("/search/suggest/", {"q": "tank"}).content.decode().count('role="option"') == 8
