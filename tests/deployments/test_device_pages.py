"""Devices in the admin portal: the list, a new one, one of them, and many changed together."""

import csv
import html

import pytest

from doover_web.control.models import AppInstall, Device, DeviceType
from doover_web.deployments.models import BulkJob, Deployment
from doover_web.identity.models import Agent, Group

LIST = "/admin-portal/devices/"
NEW = f"{LIST}new/"
JOBS = f"{LIST}changes/"


@pytest.fixture
def north(creek):
    return Group.objects.create(organisation=creek, parent=creek.root_group, name="North")


def another(creek, name: str, **more) -> Agent:
    return Agent.objects.create(kind="device", organisation=creek, group=creek.root_group, name=name, **more)


def csv_of(response) -> list[list[str]]:
    return list(csv.reader(b"".join(response.streaming_content).decode().splitlines()))


def text_of(response) -> str:
    return html.unescape(response.content.decode())


def test_the_list_is_filtered(browse, alice, install, creek, north):
    another(creek, "spare")
    client = browse(alice)
    kind = install.agent.as_device.type

    assert client.get(LIST).context["page"].paginator.count == 2
    for query in (f"type={kind.id}", f"application={install.application_id}", "search=pump"):
        rows = client.get(f"{LIST}?{query}").context["rows"]
        assert [row.device.id for row in rows] == [install.agent_id], query
    assert not client.get(f"{LIST}?group={north.id}").context["rows"]
    assert not client.get(f"{LIST}?archived=1&group=x").context["rows"]


def test_queries_of_the_list_stay_level(browse, alice, install, creek, django_assert_max_num_queries):
    client = browse(alice)
    client.get(LIST)
    with django_assert_max_num_queries(40) as few:
        client.get(LIST)
    for number in range(20):
        Device.objects.create(agent=another(creek, f"d{number}"), type=install.agent.as_device.type)
    with django_assert_max_num_queries(len(few)):
        client.get(LIST)


def test_a_device_is_made(browse, alice, creek, north):
    schema = {"type": "object", "properties": {"height": {"type": "number", "maximum": 9}}}
    kind = DeviceType.objects.create(organisation=creek, name="Doovit", device_extra_config_schema=schema)
    client, fields = browse(alice), {"type": kind.id, "group": north.id, "display_name": "Pump 8", "do": "save"}
    assert 'name="c/height"' in text_of(client.get(f"{NEW}?type={kind.id}"))
    assert client.post(NEW, {**fields, "c/height": "12"}).status_code == 400
    assert client.post(NEW, {**fields, "display_name": ""}).status_code == 400
    assert not Device.objects.exists()

    made = client.post(NEW, {**fields, "c/height": "4.2"})

    device = Device.objects.select_related("agent").get()
    assert made.status_code == 201
    assert made.context["secret"] in text_of(made)
    assert (device.agent.group, device.agent.name, device.extra_config) == (north, "pump_8", {"height": 4.2})
    assert made.context["secret"] not in text_of(client.get(f"/admin-portal/device/{device.agent_id}/"))


def test_what_a_type_asks_for_is_asked_for_at_its_field(browse, alice, creek):
    schema = {"type": "object", "properties": {"serial": {"type": "string"}}, "required": ["serial"]}
    kind = DeviceType.objects.create(organisation=creek, name="Doovit", device_extra_config_schema=schema)
    fields = {"type": kind.id, "group": creek.root_group.id, "display_name": "Pump 8", "do": "save"}
    client = browse(alice)

    refused = client.post(NEW, {**fields, "c/serial": ""})

    assert refused.status_code == 400
    assert "This setting is required" in text_of(refused)
    assert not Device.objects.exists()
    assert client.post(NEW, {**fields, "c/serial": "AX-1"}).status_code == 201


def test_its_icon_is_its_own_or_its_types(browse, alice, install):
    DeviceType.objects.update(default_icon="droplet")
    client, here = browse(alice), f"/admin-portal/device/{install.agent_id}/"
    assert client.get(here).context["row"].icon == "droplet"
    Device.objects.update(fa_icon="leaf")
    assert 'href="#i-leaf"' in text_of(client.get(here))


def test_without_a_type_the_way_to_one_is_shown(browse, alice):
    assert "/admin-portal/device-types/0/" in text_of(browse(alice).get(NEW))


def test_making_one_takes_the_permission(browse, bob, creek):
    kind = DeviceType.objects.create(organisation=creek, name="Doovit")
    fields = {"type": kind.id, "group": creek.root_group.id, "display_name": "Pump 8", "do": "save"}
    assert browse(bob).post(NEW, fields).status_code == 403


def test_its_parts(browse, alice, bob, mallory, install):
    here = f"/admin-portal/device/{install.agent_id}/"
    for tab in ("overview", "connect", "applications", "settings", "nonsense"):
        assert browse(alice).get(f"{here}?tab={tab}").status_code == 200, tab
    assert browse(bob).get(here).status_code == 403
    assert browse(mallory).get(here).status_code == 404
    assert "Waiting for its first connection" in text_of(browse(alice).get(f"{here}?tab=connect"))


def test_changed_archived_and_back(browse, alice, install, north):
    device, client = install.agent, browse(alice)
    here = f"/admin-portal/device/{device.id}/"
    client.post(here, {"do": "save", "display_name": "Main pump", "name": "main", "group": north.id, "notes": "n"})
    device.refresh_from_db()
    assert (device.display_name, device.name, device.group) == ("Main pump", "main", north)
    client.post(here, {"do": "archive", "typed": "something"})
    device.refresh_from_db()
    assert device.archived_at is None
    client.post(here, {"do": "archive", "typed": "Main pump"})
    device.refresh_from_db()
    assert device.archived_at is not None
    client.post(here, {"do": "unarchive"})
    device.refresh_from_db()
    assert device.archived_at is None


def test_settings_of_the_device(browse, alice, install):
    here = f"/admin-portal/device/{install.agent_id}/?tab=settings"
    assert browse(alice).post(here, {"do": "save", "json": "[]"}).status_code == 400
    browse(alice).post(here, {"do": "save", "json": '{"tank_height": 5}'})
    assert Device.objects.get(agent=install.agent).extra_config == {"tank_height": 5}


def test_installed_and_all_deployed(browse, alice, install, application, worker):
    application.allow_many = True
    application.save()
    here = f"/admin-portal/device/{install.agent_id}/"
    client = browse(alice)
    made = client.post(here, {"do": "install", "application": application.id})
    assert made["Location"] == f"/admin-portal/install/{AppInstall.objects.latest('id').id}/"
    worker(lambda: client.post(f"{here}?tab=applications", {"do": "deploy_all"}))
    assert Deployment.objects.count() == 2


def test_many_are_changed_together_and_back(browse, alice, install, north, worker):
    client = browse(alice)
    shown = client.get(f"{JOBS}new/?action=move&devices={install.agent_id}")
    fields = {"action": "move", "selection": shown.context["selection"], "group": north.id}

    tried = client.post(f"{JOBS}new/", {**fields, "do": "preview"})
    assert "1 would change" in text_of(tried)
    assert not BulkJob.objects.exists()
    begun = worker(lambda: client.post(f"{JOBS}new/", {**fields, "do": "begin"}))

    install.agent.refresh_from_db()
    assert install.agent.group == north
    assert "Changed" in text_of(client.get(begun["Location"]))
    assert "Move to another group" in text_of(client.get(JOBS))
    worker(lambda: client.post(begun["Location"], {"do": "undo"}))
    install.agent.refresh_from_db()
    assert install.agent.group != north


def test_tags_are_typed_chosen_by_and_given_to_many(browse, alice, install, creek, worker):
    spare, client = another(creek, "spare"), browse(alice)
    here = f"/admin-portal/device/{install.agent_id}/"
    fields = {"do": "save", "display_name": "Pump 7", "name": "pump-7", "tags": "wet, north ,"}
    client.post(here, fields)
    assert 'value="north, wet"' in text_of(client.get(here))
    assert "<dt>Tags</dt>" in text_of(client.get(f"/device/{install.agent_id}/details/"))
    assert [row.device for row in client.get(f"{LIST}?tag=wet").context["rows"]] == [install.agent]

    shown = client.get(f"{JOBS}new/?action=tag&tag=wet")
    assert shown.context["selection"] == '{"tag":"wet"}'
    fields = {"action": "tag", "selection": '{"all": true}', "add": "dry", "remove": "wet", "do": "begin"}
    worker(lambda: client.post(f"{JOBS}new/", fields))

    assert [Device.objects.tags_of(one) for one in (install.agent, spare)] == [["dry", "north"], ["dry"]]


def test_the_list_is_taken_along_as_csv(browse, alice, bob, install, creek):
    another(creek, "=spare", display_name="Spare")
    Device.objects.filter(agent=install.agent).update(tags=["wet"])

    head, *lines = csv_of(browse(alice).get(f"{LIST}download/?sort=made"))

    assert head[:3] == ["id", "name", "machine name"]
    assert [line[1:3] for line in lines] == [["Pump 7", "pump-7"], ["Spare", "'=spare"]]
    assert lines[0][6:9] == ["wet", "1", "1"]
    assert csv_of(browse(bob).get(f"{LIST}download/?tag=dry")) == [head]


@pytest.mark.parametrize(
    "fields", [{"selection": "{"}, {"selection": '{"nothing": 1}'}, {"selection": '{"all": true}', "group": "x"}]
)
def test_what_cannot_be_changed_is_told(browse, alice, install, fields):
    response = browse(alice).post(f"{JOBS}new/", {"action": "move", "do": "begin", **fields})
    assert response.status_code == 400
    assert not BulkJob.objects.exists()
