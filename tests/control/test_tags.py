"""Tags of devices: written with them, read with them, and what lists are narrowed by."""

import pytest

from doover_web.control.models import Device
from doover_web.identity.models import Agent, AuditEntry


@pytest.fixture
def tagged(api, alice, pump, ok):
    """`tagged("wet", "north")`: Pump 7 with these tags, as it is answered."""
    return lambda *tags: ok(api(alice).patch(f"/devices/{pump.id}/", {"tags": list(tags)}))


def test_they_are_kept_once_and_in_order(tagged, pump):
    assert tagged("wet", " north ", "wet")["tags"] == ["north", "wet"]
    assert Device.objects.get(agent=pump).tags == ["north", "wet"]
    assert AuditEntry.objects.get(action="device.updated").metadata["changed"] == ["tags"]
    assert tagged()["tags"] == []


def test_a_device_is_made_with_them_and_keeps_them(api, alice, creek, skid, ok):
    body = {"display_name": "Mill", "type_id": skid.id, "group_id": creek.root_group.id, "tags": ["wet"]}
    made = ok(api(alice).post("/devices/", body), 201)
    body = {"display_name": "Mill 2", "type_id": skid.id, "group_id": creek.root_group.id}

    assert made["tags"] == ok(api(alice).put(f"/devices/{made['id']}/", body))["tags"] == ["wet"]


@pytest.mark.parametrize(
    "tags", [["a,b"], [""], ["x" * 51], ["a\nb"], ["a\x7f"], [5], "wet", {"a": 1}, [str(n) for n in range(31)]]
)
def test_what_is_no_tag_is_refused(api, alice, pump, wrong, tags):
    [field] = wrong(api(alice).patch(f"/devices/{pump.id}/", {"tags": tags}))

    assert field.partition(".")[0] == "tags"
    assert not Device.objects.exists()


def test_lists_are_narrowed_by_them(api, alice, mallory, creek, pump, tagged, ok):
    Agent.objects.create(kind="device", organisation=creek, name="other", group=creek.root_group)
    tagged("wet", "north")

    def found(query, who=alice):
        return [one["id"] for one in ok(api(who).get(f"/devices/?{query}"))["results"]]

    assert found("tag=wet") == found("tag=wet&tag=north") == [str(pump.id)]
    assert found("tag=dry") == found("tag=wet&tag=dry") == found("tag=wet", mallory) == []


def test_who_may_look_sees_and_changes_nothing(api, bob, pump, tagged, ok):
    tagged("wet")

    assert ok(api(bob).get(f"/devices/{pump.id}/"))["tags"] == ["wet"]
    assert api(bob).patch(f"/devices/{pump.id}/", {"tags": []}).status_code == 403
