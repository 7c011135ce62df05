"""Devices and their kinds (`control-api §3.5, §3.6`)."""

import pytest

from doover_web.control.models import AppInstall, Device, DeviceType, DeviceTypeAccess
from doover_web.data.models import Channel
from doover_web.identity.models import Agent, AuditEntry, Group, Token


def body(skid, creek, **more):
    return {"display_name": "Pump 8", "type_id": skid.id, "group_id": str(creek.root_group.id), **more}


def test_a_device_is_made_with_a_credential_that_is_shown_once(api, alice, creek, skid, ok):
    made = ok(api(alice).post("/devices/", body(skid, creek, notes="By the weir", unknown=1)), 201)

    assert (made["name"], made["display_name"], made["archived"]) == ("pump_8", "Pump 8", False)
    assert made["type"]["name"] == "Pump skid"
    assert made["type"]["active_count"] == 1
    assert made["group"]["organisation"]["id"] == str(creek.id)
    secret = made.pop("fusion_entity_secret")
    again = ok(api(alice).get(f"/devices/{made['id']}/"))
    assert again.pop("fusion_entity_secret") is None
    assert again == made
    token = Token.objects.by_secret(secret, Token.Kind.CLIENT).get()
    assert (str(token.agent_id), str(token.key)) == (made["id"], made["fusion_entity_id"])
    assert AuditEntry.objects.filter(action="device.created", subject_id=made["id"]).count() == 1


def test_a_device_is_made_with_all_that_its_type_asks_for(api, alice, creek, skid, ok, wrong):
    asks = {"properties": {"serial": {"type": "string"}, "site": {"default": "weir"}}, "required": ["serial", "site"]}
    DeviceType.objects.filter(pk=skid.pk).update(device_extra_config_schema={"type": "object", **asks})

    assert wrong(api(alice).post("/devices/", body(skid, creek))) == ["extra_config.serial"]
    assert wrong(api(alice).post("/devices/", body(skid, creek, extra_config=None))) == ["extra_config.serial"]
    assert not Device.objects.exists()
    made = ok(api(alice).post("/devices/", body(skid, creek, extra_config={"serial": "AX-1"})), 201)
    assert made["extra_config"] == {"serial": "AX-1"}
    # One that is older than the question may answer later.
    ok(api(alice).patch(f"/devices/{made['id']}/", {"extra_config": {}}))


def test_a_name_is_once_in_an_organisation(api, alice, creek, skid, pump, ok, wrong):
    assert wrong(api(alice).post("/devices/", body(skid, creek, name="pump-7")), 409) == ["name"]
    first = ok(api(alice).post("/devices/", body(skid, creek)), 201)
    second = ok(api(alice).post("/devices/", body(skid, creek)), 201)
    assert (first["name"], second["name"]) == ("pump_8", "pump_8_2")
    assert wrong(api(alice).patch(f"/devices/{second['id']}/", {"name": "pump_8"}), 409) == ["name"]


def test_it_is_renamed_placed_and_moved(api, alice, pump, weir, skid, ok):
    fields = {
        "display_name": "Pump seven",
        "fixed_location": {"latitude": -27.5, "longitude": 151.9},
        "extra_config": {"site": "weir"},
        "group_id": str(weir.id),
        "type_id": str(skid.id),
    }

    changed = ok(api(alice).patch(f"/devices/{pump.id}/", fields))

    assert (changed["display_name"], changed["group"]["name"]) == ("Pump seven", "Upper Weir")
    assert changed["fixed_location"] == {"latitude": -27.5, "longitude": 151.9}
    assert changed["extra_config"] == {"site": "weir"}
    cleared = ok(api(alice).patch(f"/devices/{pump.id}/", {"fixed_location": None}))
    assert cleared["fixed_location"] is None
    actions = list(AuditEntry.objects.filter(subject_id=pump.id).values_list("action", flat=True))
    assert actions == ["device.updated", "device.updated", "device.updated"]


def test_an_archived_device_is_hidden_and_shut_out_until_it_comes_back(api, alice, pump, ok):
    gone = ok(api(alice).post(f"/devices/{pump.id}/archive/"))

    assert gone["archived"] is True
    assert ok(api(alice).post(f"/devices/{pump.id}/archive/", {}))["archived"] is True
    assert api(pump).get("/api/agents/me/channels").status_code == 401
    listed = ok(api(alice).get("/devices/?archived=false"))
    assert (listed["count"], ok(api(alice).get("/devices/?archived="))["count"]) == (0, 1)
    assert ok(api(alice).post(f"/devices/{pump.id}/unarchive/"))["archived"] is False
    assert api(pump).get("/api/agents/me/channels").status_code == 200


def test_what_it_said_before_a_moment_is_hidden(api, alice, pump, ok):
    own, follows = (Channel.objects.create(agent=pump, name=name) for name in ("own", "follows"))
    Channel.objects.filter(pk=own.pk).update(history_since=2_000_000_000_000)

    ok(api(alice).patch(f"/devices/{pump.id}/", {"history_since": "2025-06-01T00:00:00Z"}))
    own.refresh_from_db()
    follows.refresh_from_db()
    assert (own.history_since, follows.history_since) == (2_000_000_000_000, 1_748_736_000_000)

    ok(api(alice).patch(f"/devices/{pump.id}/", {"history_since": None}))
    own.refresh_from_db()
    follows.refresh_from_db()
    assert (own.history_since, follows.history_since) == (2_000_000_000_000, None)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"fixed_location": {"latitude": 91, "longitude": 0}}, ["fixed_location"]),
        ({"fixed_location": {"latitude": "here"}}, None),
        ({"fixed_location": "here"}, None),
        ({"extra_config": [1]}, ["extra_config"]),
        ({"extra_config": {"depth": "deep"}}, ["extra_config.depth"]),
        ({"name": "a/b"}, ["name"]),
        ({"display_name": ""}, ["display_name"]),
        ({"display_name": "x" * 256}, ["display_name"]),
        ({"group_id": "5"}, ["group_id"]),
        ({"group_id": None}, ["group_id"]),
        ({"type_id": "x"}, ["type_id"]),
        ({"type_id": 10**30}, ["type_id"]),
        ({"history_since": "yesterday"}, ["history_since"]),
    ],
)
def test_what_is_wrong_is_told_at_its_field(api, alice, pump, skid, wrong, fields, told):
    DeviceType.objects.update(device_extra_config_schema={"properties": {"depth": {"type": "number"}}})
    Device.objects.create(agent=pump, type=skid)

    named = wrong(api(alice).patch(f"/devices/{pump.id}/", fields))

    assert named == told if told else named[0].startswith("fixed_location")
    pump.refresh_from_db()
    assert (pump.display_name, pump.as_device.extra_config) == ("Pump 7", {})


def test_nothing_of_a_refused_change_is_kept(api, alice, pump, mallory, wrong):
    theirs = mallory.memberships.get().organisation
    foreign = DeviceType.objects.create(organisation=theirs, name="Theirs")

    for link in ({"group_id": theirs.root_group.id}, {"type_id": foreign.id}, {"group_id": alice.id}):
        assert wrong(api(alice).patch(f"/devices/{pump.id}/", {"display_name": "Other", **link})) == list(link)
    pump.refresh_from_db()
    assert pump.display_name == "Pump 7"


def test_who_may_look_may_not_change(api, bob, mallory, pump, skid, creek):
    assert api(bob).get(f"/devices/{pump.id}/").status_code == 200
    assert api(bob).patch(f"/devices/{pump.id}/", {"display_name": "Mine"}).status_code == 403
    assert api(bob).post("/devices/", body(skid, creek)).status_code == 403
    assert api(bob).post(f"/devices/{pump.id}/archive/").status_code == 403
    for method, path in (("get", ""), ("patch", ""), ("post", "archive/"), ("post", "unarchive/")):
        assert getattr(api(mallory), method)(f"/devices/{pump.id}/{path}", {}).status_code == 404
    assert api(bob).get(f"/devices/{creek.id}/").status_code == 404


def test_lists_are_narrowed(api, alice, creek, pump, weir, skid, level, ok):
    below = Group.objects.create(organisation=creek, parent=weir, name="Below")
    tank = Agent.objects.create(kind="device", organisation=creek, group=below, name="tank-1", display_name="Tank 1")
    Device.objects.create(agent=tank, type=skid)
    AppInstall.objects.create(agent=tank, application=level, name="tank_level_1")

    def names(query):
        return sorted(one["name"] for one in ok(api(alice).get(f"/devices/?{query}"))["results"])

    assert names("search=TANK") == ["tank-1"]
    assert names(f"group={weir.id}") == []
    assert names(f"group_tree={weir.id}") == ["tank-1"]
    assert names(f"id={pump.id}&id={tank.id}") == names(f"id={pump.id},{tank.id}") == ["pump-7", "tank-1"]
    assert names(f"type={skid.id}") == names(f"application={level.id}") == ["tank-1"]
    assert names("name__icontains=PUMP") == names("display_name=Pump 7") == ["pump-7"]
    assert api(alice).get("/devices/?type=x").status_code == 400
    page = ok(api(alice).get("/devices/?ordering=-display_name&per_page=1"))
    assert (page["count"], page["results"][0]["name"], page["next"] is not None) == (2, "tank-1", True)


def test_a_list_of_more_takes_no_more_queries(api, alice, creek, skid, statements, ok):
    def make(number):
        agent = Agent.objects.create(kind="device", organisation=creek, name=f"d{number}")
        Device.objects.create(agent=agent, type=skid)

    make(1)
    reader = api(alice)
    reader.get("/devices/")
    few = statements(lambda: ok(reader.get("/devices/")))
    for number in range(2, 8):
        make(number)

    assert statements(lambda: ok(reader.get("/devices/"))) == few


def test_a_type_is_made_in_multipart_with_its_installer(api, alice, ok, form, bytes_of):
    sent = form(name="Gateway", config='{"ports": 4}', installer=("setup.sh", b"#!/bin/sh\necho hi\n"))

    made = ok(api(alice).post("/devices/types/", **sent), 201)

    assert (made["name"], made["config"], made["install_type"]) == ("Gateway", {"ports": 4}, "NONE")
    response = api(alice).get(f"/devices/types/{made['id']}/installer/")
    assert made["installer"].endswith(response.request["PATH_INFO"])
    assert bytes_of(response) == b"#!/bin/sh\necho hi\n"
    assert "attachment" in response["Content-Disposition"]
    kept = ok(api(alice).patch(f"/devices/types/{made['id']}/", {"description": "For sheds"}))
    assert kept["installer"] == made["installer"]


def test_types_of_others_are_not_there_until_shared(api, alice, bob, mallory, skid, ok, wrong, creek):
    other = mallory.memberships.get().organisation
    path = f"/devices/types/{skid.id}/"
    assert api(mallory).get(path).status_code == 404
    assert api(bob).patch(path, {"name": "Mine"}).status_code == 403

    row = {"device_type_id": str(skid.id), "organisation_id": str(other.id), "access": "WHL"}
    shared = ok(api(alice).post(f"{path}organisation_access/", row), 201)

    assert (shared["organisation"]["id"], shared["access"]) == (str(other.id), "WHL")
    assert ok(api(mallory).get(path))["name"] == "Pump skid"
    assert api(mallory).patch(path, {"name": "Mine"}).status_code == 404
    assert api(mallory).get(f"{path}organisation_access/").status_code == 404
    assert api(bob).get(f"{path}organisation_access/").status_code == 403
    assert wrong(api(alice).post(f"{path}organisation_access/", row), 409) == ["organisation_id"]
    assert api(alice).delete(f"{path}organisation_access/{shared['id']}/").status_code == 204
    assert not DeviceTypeAccess.objects.exists()


@pytest.mark.parametrize("fields", [
    {"config_schema": {"type": 5}}, {"install_type": "ALWAYS"}, {"stars": 10**12}, {"logo_url": "javascript:alert(1)"},
    {"config": "text"}, {"name": ""}, {"solution_id": "5"}, {"installer": "text"},
])  # fmt: skip
def test_a_type_takes_no_nonsense(api, alice, skid, wrong, fields):
    assert wrong(api(alice).patch(f"/devices/types/{skid.id}/", fields)) == list(fields)
