"""Solutions: described, installed as a set, kept like their templates (`control-api §3.10, §5.6`)."""

import pytest

from doover_web.control.api.solution_installs import synced_of
from doover_web.control.models import AppInstall, Application, DeviceType, Solution, SolutionInstall
from doover_web.deployments.models import Deployment


@pytest.fixture
def tanks(api, alice, level, ok):
    """Tank watch, a solution with Tank level in it, as it was answered."""
    fields = {"display_name": "Tank watch", "config": {"unit": "m"}, "jinja_template": "{}"}
    made = ok(api(alice).post("/solutions/", fields), 201)
    template = {
        "display_name": "Level",
        "name": "level",
        "application_id": level.id,
        "solution_id": made["id"],
        "deployment_config": {"unit": "m"},
    }
    ok(api(alice).post(f"/solutions/{made['id']}/application_templates/", template), 201)
    return ok(api(alice).get(f"/solutions/{made['id']}/"))


def test_it_tells_of_its_templates(tanks, level):
    [template] = tanks["application_templates"]

    assert (template["name"], template["base_config"], template["synced"]) == ("level", {"unit": "m"}, True)
    assert (template["application"]["id"], tanks["install_count"]) == (str(level.id), 0)


def test_it_is_installed_synced_deployed_and_taken_away(api, alice, pump, creek, tanks, ok):
    wanted = {"display_name": "Tanks", "device_id": str(pump.id), "solution_id": tanks["id"]}
    made = ok(api(alice).post("/solution_installs/", wanted), 201)
    path = f"/solution_installs/{made['id']}/"

    [member] = made["application_installs"]
    assert (member["name"], member["solution_id"], member["template"]["name"]) == ("level", made["id"], "level")
    assert (made["status"], made["device"]["id"]) == ("QUE", str(pump.id))
    assert Deployment.objects.get().app_key == "level"
    pulse = Application.objects.create(organisation=creek, name="pulse", display_name="Pulse", type="DEV")
    template = {"display_name": "Pulse", "application_id": pulse.id, "solution_id": tanks["id"]}
    ok(api(alice).post(f"/solutions/{tanks['id']}/application_templates/", template), 201)
    synced = ok(api(alice).post(f"{path}sync/", {}))
    assert [one["name"] for one in synced["application_installs"]] == ["level", "pulse_1"]
    first = tanks["application_templates"][0]["id"]
    assert api(alice).delete(f"/solutions/{tanks['id']}/application_templates/{first}/").status_code == 204
    assert [one["name"] for one in ok(api(alice).post(f"{path}deploy/"))["application_installs"]] == ["pulse_1"]
    assert api(alice).delete(path).status_code == 204
    assert not SolutionInstall.objects.exists()
    assert not AppInstall.objects.in_use().exists()


def test_a_new_device_gets_what_its_type_brings(api, alice, creek, tanks, ok):
    skid = DeviceType.objects.create(organisation=creek, name="Tank", solution_id=int(tanks["id"]))
    body = {"display_name": "Tank 9", "type_id": skid.id, "group_id": creek.root_group.id}

    made = ok(api(alice).post("/devices/", {**body, "solution_config": {"unit": "ft"}}), 201)

    [installed] = ok(api(alice).get(f"/devices/{made['id']}/solution_installs/"))["results"]
    assert (installed["deployment_config"], installed["solution"]["id"]) == ({"unit": "ft"}, tanks["id"])
    assert ok(api(alice).get(f"/devices/{made['id']}/app_installs/"))["count"] == 1
    assert made["type"]["solution"] == tanks["id"]


def test_others_see_none_of_it(api, bob, mallory, pump, tanks, ok):
    path = f"/solutions/{tanks['id']}/"
    assert ok(api(bob).get(path))["jinja_template"] == "", "how it is made is for those who look after it"
    assert api(bob).patch(path, {"display_name": "x"}).status_code == 403
    wanted = {"display_name": "Tanks", "device_id": str(pump.id), "solution_id": tanks["id"]}
    assert api(bob).post("/solution_installs/", wanted).status_code == 403
    told = api(mallory).post("/solution_installs/", wanted)
    assert (told.status_code, list(told.json()["errors"])) == (400, ["device_id"])
    for nested in ("", "application_templates/", "installs/", "organisation_access/"):
        assert api(mallory).get(path + nested).status_code == 404


@pytest.mark.parametrize("fields", [
    {"display_name": ""}, {"config_schema": {"type": 1}}, {"config": []}, {"jinja_template": "{% if"},
])  # fmt: skip
def test_a_solution_takes_no_nonsense(api, alice, tanks, wrong, fields):
    assert wrong(api(alice).patch(f"/solutions/{tanks['id']}/", fields)) == list(fields)


def test_a_key_is_once_in_a_solution(api, alice, tanks, level, wrong):
    again = {"display_name": "L", "name": "level", "application_id": level.id, "solution_id": tanks["id"]}

    assert wrong(api(alice).post(f"/solutions/{tanks['id']}/application_templates/", again), 409) == ["name"]


def test_lists_of_more_take_no_more_queries(api, alice, creek, pump, tanks, statements, ok):
    reader = api(alice)
    wanted = {"display_name": "Tanks", "device_id": str(pump.id), "solution_id": tanks["id"]}
    ok(reader.post("/solution_installs/", wanted), 201)
    few = {path: statements(lambda path=path: ok(reader.get(path))) for path in ("/solutions/", "/solution_installs/")}
    for number in range(5):
        Solution.objects.create(organisation=creek, display_name=f"S{number}")
        SolutionInstall.objects.create(solution_id=int(tanks["id"]), device=pump, display_name=f"I{number}")

    assert {path: statements(lambda path=path: ok(reader.get(path))) for path in few} == few


def test_whether_it_is_in_step_follows_its_members():
    assert synced_of({}, ["OK", "OK"]) == "OK"
    assert synced_of({"a": 1}, ["OK"]) == synced_of({}, ["OV", "OK"]) == "OV"
    assert synced_of({"a": 1}, ["NO", "OK"]) == "NO"


def test_a_removed_template_archives_its_install(api, alice, pump, tanks, ok):
    wanted = {"display_name": "Tanks", "device_id": str(pump.id), "solution_id": tanks["id"]}
    made = ok(api(alice).post("/solution_installs/", wanted), 201)
    template = tanks["application_templates"][0]["id"]
    api(alice).delete(f"/solutions/{tanks['id']}/application_templates/{template}/")

    assert ok(api(alice).post(f"/solution_installs/{made['id']}/sync/"))["application_installs"] == []
    assert AppInstall.objects.get().archived_at is not None
