"""Applications on agents (`control-api §3.8`)."""

import pytest

from doover_web.control.models import AppInstall, Application, ConfigProfile
from doover_web.deployments.models import Deployment
from doover_web.identity.models import Agent, AuditEntry


@pytest.fixture
def shallow(creek, level):
    """A profile of Tank level."""
    return ConfigProfile.objects.create(
        application=level, organisation=creek, display_name="Shallow", deployment_config={"height": 1, "unit": "m"}
    )


@pytest.fixture
def made(api, alice, pump, level, ok):
    """Tank level on Pump 7, as it was answered."""
    return ok(api(alice).post("/app_installs/", wanted(level, pump)), 201)


def wanted(application, device, **more):
    named = {"display_name": "Level", "application_id": application.id, "device_id": device.id if device else None}
    return {**named, "version": None, **more}


def test_it_is_installed_unconfigured_and_not_deployed(made, pump, level):
    assert (made["name"], made["display_name"], made["synced"]) == ("tank_level_1", "Level", "NO")
    assert made["device"] == {"id": str(pump.id), "name": "pump-7", "display_name": "Pump 7"}
    assert (made["application"]["id"], made["latest_deployment"]) == (str(level.id), None)
    assert not Deployment.objects.exists()
    assert AuditEntry.objects.get(action="app.installed").metadata["app_key"] == "tank_level_1"


def test_settings_of_its_own_are_overrides_and_must_fit(api, alice, made, wrong, ok):
    path = f"/app_installs/{made['id']}/"

    assert ok(api(alice).patch(path, {"deployment_config": {"height": 3}}))["synced"] == "OV"
    assert wrong(api(alice).patch(path, {"deployment_config": {"height": "high"}, "display_name": "X"})) == [
        "deployment_config.height"
    ]
    kept = ok(api(alice).get(path))
    assert (kept["deployment_config"], kept["display_name"]) == ({"height": 3}, "Level")


def test_profiles_come_in_order_and_are_deployed_when_synced(api, alice, made, shallow, creek, level, ok, wrong):
    second = ConfigProfile.objects.create(application=level, organisation=creek, display_name="Deep")
    path = f"/app_installs/{made['id']}/"

    whole = {**ok(api(alice).get(path)), "config_profile_ids": [str(second.id), shallow.id]}
    synced = ok(api(alice).post(f"{path}sync_config_profiles/", whole))

    assert [one["display_name"] for one in synced["config_profiles"]] == ["Deep", "Shallow"]
    assert synced["latest_deployment"]["status"] == "QUE"
    assert wrong(api(alice).patch(path, {"config_profile_ids": [5]})) == ["config_profile_ids"]


def test_what_it_depends_on_comes_along_once(api, alice, pump, creek, level, ok):
    base = Application.objects.create(organisation=creek, name="platform_interface", type="DEV")
    Application.objects.filter(pk=level.pk).update(depends_on=["platform_interface", "not_there_yet"], allow_many=True)

    first = ok(api(alice).post("/app_installs/", wanted(level, pump)), 201)
    second = ok(api(alice).post("/app_installs/", wanted(level, pump)), 201)

    needed = AppInstall.objects.get(application=base)
    assert (needed.name, needed.deployment_config) == ("platform_interface_1", {})
    told = ok(api(alice).get(f"/app_installs/{needed.id}/"))
    assert sorted(told["managed_by"]) == sorted([first["id"], second["id"]])
    assert (first["name"], second["name"]) == ("tank_level_1", "tank_level_2")


def test_it_goes_comes_back_and_goes_for_good(api, alice, made, ok):
    path = f"/app_installs/{made['id']}/"
    install = AppInstall.objects.get()

    gone = ok(api(alice).post(f"{path}archive/"))
    assert (gone["archived"], ok(api(alice).get("/app_installs/?archived=false"))["count"]) == (True, 0)
    assert ok(api(alice).post(f"{path}archive/"))["archived"] is True
    assert ok(api(alice).post(f"{path}unarchive/"))["archived"] is False
    assert api(alice).delete(path).status_code == 204
    assert not AppInstall.objects.exists()
    actions = AuditEntry.objects.filter(subject_id=install.id, action__startswith="app.").order_by("id")
    assert [one.action for one in actions if "deploy" not in one.action] == [
        "app.installed", "app.uninstalled", "app.installed", "app.uninstalled",
    ]  # fmt: skip


def test_a_key_that_is_taken_meanwhile_keeps_it_away(api, alice, made, pump, level, wrong):
    api(alice).post(f"/app_installs/{made['id']}/archive/")
    AppInstall.objects.create(agent=pump, application=level, name="tank_level_1")
    Application.objects.update(allow_many=True)

    assert wrong(api(alice).post(f"/app_installs/{made['id']}/unarchive/"), 409) == ["name"]


def test_an_integration_runs_on_the_organisation(api, alice, bob, creek, pump, ok, wrong):
    door = Application.objects.create(organisation=creek, name="door", display_name="Door", type="INT")

    assert wrong(api(alice).post("/app_installs/", wanted(door, pump))) == ["device_id"]
    made = ok(api(alice).post("/app_installs/", wanted(door, None)), 201)

    assert (made["device"], made["organisation"]["id"]) == (None, str(creek.id))
    assert ok(api(bob).get(f"/app_installs/{made['id']}/"))["name"] == "door_1"
    assert api(bob).patch(f"/app_installs/{made['id']}/", {"display_name": "x"}).status_code == 403


@pytest.mark.parametrize(
    ("fields", "named", "status"),
    [
        ({"application_id": 5}, "application_id", 400),
        ({"device_id": 5}, "device_id", 400),
        ({"device_id": None}, "device_id", 400),
        ({"config_profile_ids": ["x"]}, "config_profile_ids.0", 400),
        ({"config_profile_ids": [5]}, "config_profile_ids", 400),
        ({"solution_id": 5}, "solution_id", 400),
        ({"name": "a b"}, "name", 400),
        ({"version": "v9"}, "version", 400),
        ({"version": "x" * 21}, "version", 400),
        ({"display_name": ""}, "display_name", 400),
        ({"deployment_config": [1]}, "deployment_config", 400),
        ({"deployment_config": {"height": "x"}}, "deployment_config.height", 400),
        ({"name": "taken"}, "name", 409),
    ],
)
def test_what_is_wrong_is_told_and_nothing_is_made(api, alice, pump, level, wrong, fields, named, status):
    other = Application.objects.create(organisation=level.organisation, name="other", type="DEV")
    AppInstall.objects.create(agent=pump, application=other, name="taken")

    assert wrong(api(alice).post("/app_installs/", {**wanted(level, pump), **fields}), status) == [named]
    assert AppInstall.objects.count() == 1


def test_once_is_once(api, alice, made, pump, level, wrong):
    assert wrong(api(alice).post("/app_installs/", wanted(level, pump))) == ["application_id"]


def test_it_stays_where_it_is(api, alice, made, creek, level, wrong, ok):
    tank = Agent.objects.create(kind="device", organisation=creek, name="tank-1")
    path = f"/app_installs/{made['id']}/"

    assert wrong(api(alice).patch(path, {"device_id": tank.id})) == ["device_id"]
    same = {"device_id": made["device"]["id"], "application_id": level.id, "display_name": "Renamed"}
    assert ok(api(alice).patch(path, same))["display_name"] == "Renamed"


def test_strangers_find_nothing_and_lookers_see_no_secrets(api, alice, bob, mallory, made, pump, level, ok):
    path = f"/app_installs/{made['id']}/"
    AppInstall.objects.update(deployment_config={"api_key": "s", "height": 2})

    assert ok(api(bob).get(path))["deployment_config"] == {"height": 2}
    assert ok(api(alice).get(path))["deployment_config"] == {"api_key": "s", "height": 2}
    for method, verb in (("patch", ""), ("delete", ""), ("post", "archive/"), ("post", "sync_config_profiles/")):
        assert getattr(api(bob), method)(path + verb, {}).status_code == 403
        assert getattr(api(mallory), method)(path + verb, {}).status_code == 404
    for nested in (f"/devices/{pump.id}/app_installs/", f"/applications/{level.id}/installs/"):
        assert ok(api(bob).get(nested))["count"] == 1
        assert api(mallory).get(nested).status_code == 404
    assert ok(api(mallory).get("/app_installs/"))["count"] == 0


def test_an_item_below_another_device_is_not_there(api, alice, made, creek):
    tank = Agent.objects.create(kind="device", organisation=creek, name="tank-1")

    wrong_place = f"/devices/{tank.id}/app_installs/{made['id']}/sync_config_profiles/"
    assert api(alice).post(wrong_place, {}).status_code == 404


def test_lists_are_narrowed(api, alice, made, pump, level, ok):
    Deployment.objects.create(
        agent=pump, install_id=int(made["id"]), application=level, app_key="tank_level_1", status="QUE"
    )

    for query, count in {
        f"device={pump.id}": 1, "device=5": 0, f"application={level.id}": 1, "status=QUE": 1, "status=SUC": 0,
        "name__contains=level": 1, "search=LEVEL": 1, "organisation__isnull=true": 0, "version=1": 0, "solution=5": 0,
    }.items():  # fmt: skip
        assert ok(api(alice).get(f"/app_installs/?{query}"))["count"] == count, query
    assert api(alice).get("/app_installs/?status=WHAT").status_code == 400


def test_a_list_of_more_takes_no_more_queries(api, alice, pump, level, statements, ok):
    def make(number):
        install = AppInstall.objects.create(agent=pump, application=level, name=f"level_{number}")
        Deployment.objects.create(agent=pump, install=install, application=level, app_key=install.name)

    make(1)
    reader = api(alice)
    reader.get("/app_installs/")
    few = statements(lambda: ok(reader.get("/app_installs/")))
    for number in range(2, 8):
        make(number)

    assert statements(lambda: ok(reader.get("/app_installs/"))) == few
