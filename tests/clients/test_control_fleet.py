"""The control client of pydoover, synchronous and asynchronous, over the fleet (`control-api §3.5–§3.8, §3.10, §8`)."""

import base64
import io
import zipfile
from functools import partial

import pytest

from .conftest import Raised, Remote, environment_of

pytestmark = pytest.mark.clients


class Control:
    """`control("devices.list", search="x")`: a method of a group of the client."""

    def __init__(self, remote):
        self.remote = remote

    def __call__(self, method, *args, **kwargs):
        return self.remote.ask({"method": method, "args": args, "kwargs": kwargs})


@pytest.fixture(scope="module", params=["ControlClient", "AsyncControlClient"])
def made(request, portal, home):
    """Clients of a kind, by token; closed at the end."""
    python, remotes = environment_of("pydoover-1.18.3"), []

    def client_of(token):
        remotes.append(Remote(python, request.param, {"base_url": portal.url, "token": token}, home))
        return Control(remotes[-1])

    yield request.param, client_of
    for remote in remotes:
        remote.close()


@pytest.fixture(scope="module")
def kind(made):
    """What tells the names of the two runs apart."""
    return made[0].lower()


@pytest.fixture(scope="module")
def control(made, cast):
    return made[1](cast["alices_token"])


@pytest.fixture(scope="module")
def root(portal, cast, control):
    """The root group, found as the library's live test finds groups."""
    [found] = control("groups.list", search="Tallow Creek Water", per_page=100)["results"]
    return found["id"]


@pytest.fixture(scope="module")
def device(control, kind, root):
    skid = control("devices.types_create", {"name": f"Skid {kind}"})
    body = {"display_name": f"Pump {kind}", "type_id": skid["id"], "group_id": root}
    return control("devices.create", body)


@pytest.fixture(scope="module")
def application(control, kind, cast):
    schema = {"type": "object", "properties": {"height": {"type": "number", "default": 2}}}
    body = {
        "name": f"level_{kind}", "display_name": "Level", "description": "x", "long_description": "", "type": "DEV",
        "visibility": "PRI", "depends_on": [], "organisation_id": cast["creek"], "config_schema": schema,
        "container_registry_profile_id": None,
    }  # fmt: skip
    return control("applications.create", body)


def test_a_device_is_made_found_changed_and_archived(control, device, kind):
    assert device["fusion_entity_secret"].startswith("dvc_")
    found = control("devices.list", search=device["name"], archived=False)
    assert [one["id"] for one in found["results"]] == [device["id"]]
    moved = control("devices.partial", str(device["id"]), {"fixed_location": {"latitude": 1.0, "longitude": 2.0}})
    assert moved["fixed_location"] == {"latitude": 1.0, "longitude": 2.0}
    assert control("devices.archive", str(device["id"]))["archived"] is True
    assert control("devices.unarchive", str(device["id"]))["archived"] is False
    assert control("devices.retrieve", str(device["id"])).get("fusion_entity_secret") is None


def test_an_application_is_published_with_its_files_and_released(control, application, kind):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("docker-compose.yml", "services: {}\n")
    folder = base64.b64encode(held.getvalue()).decode()
    number = str(application["id"])

    assert control("applications.partial", number, {"deployment_data": folder})["deployment_data"] == folder
    picture = {"$bytes": base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"0" * 40).decode()}
    shown = control("upload_application_artwork", number, icon=picture)
    assert f"/applications/{number}/icon/" in shown["icon_url"]
    release = control("create_application_version", number, tag="v1", commit="abc", digest="sha256:" + "a" * 64)
    assert (int(release["number"]), release["tag"]) == (1, "v1")
    listed = control("list_application_versions", number)
    rows = listed["results"] if isinstance(listed, dict) else listed
    assert [row["tag"] for row in rows] == ["v1"]


def test_it_is_installed_configured_and_removed(control, application, device):
    body = {"display_name": "Level", "application_id": application["id"], "device_id": device["id"]}
    installed = control("app_installs.create", body)
    number = str(installed["id"])

    assert (installed["name"], installed["synced"]) == (f"{application['name']}_1", "NO")
    assert control("app_installs.partial", number, {"deployment_config": {"height": 3}})["synced"] == "OV"
    with pytest.raises(Raised) as refused:
        control("app_installs.partial", number, {"deployment_config": {"height": "x"}})
    assert (refused.value.status, "height" in refused.value.text) in ((400, True), (None, True))
    profile = control(
        "applications.config_profiles_create",
        str(application["id"]),
        {"display_name": "Shallow", "deployment_config": {"height": 1}, "application_id": application["id"]},
    )
    body = {**body, "config_profile_ids": [profile["id"]]}
    synced = control("app_installs.sync_config_profiles", number, body)
    assert [one["display_name"] for one in synced["config_profiles"]] == ["Shallow"]
    assert control("devices.app_installs_list", str(device["id"]))["count"] == 1
    assert control("applications.installs_list", str(application["id"]))["count"] == 1
    assert control("app_installs.archive", number)["archived"] is True
    assert control("app_installs.unarchive", number)["archived"] is False
    control("app_installs.delete", number)
    assert control("app_installs.list", device=device["id"])["count"] == 0


def test_a_solution_is_described_and_installed(control, application, cast, kind):
    """On a device without a type: this release of the client cannot read the short form of one."""
    tanks = control("solutions.create", {"display_name": f"Tanks {kind}"})
    body = {"display_name": "Level", "application_id": application["id"], "solution_id": tanks["id"]}
    control("solutions.application_templates_create", str(tanks["id"]), body)

    here = {"display_name": "Tanks", "device_id": cast["pump"], "solution_id": tanks["id"]}
    installed = control("solution_installs.create", here)

    assert [one["application"]["id"] for one in installed["application_installs"]] == [application["id"]]
    control("solution_installs.delete", str(installed["id"]))


def test_registries_keep_their_password(control, kind):
    body = {"name": f"ours {kind}", "description": "x", "url": "r.example", "username": "u", "password": "salt"}

    made = control("container.registry.create", body)

    assert made["password"] in ("", None)
    assert control("container.registry.archive", str(made["id"]))["archived"] is True


def test_who_may_look_is_told_so(made, cast, device):
    bob = made[1](cast["bobs_token"])

    assert bob("devices.retrieve", str(device["id"]))["id"] == device["id"]
    for call in (
        partial(bob, "devices.partial", str(device["id"]), {"display_name": "x"}),
        partial(bob, "devices.archive", str(device["id"])),
    ):
        with pytest.raises(Raised) as refused:
            call()
        assert "Forbidden" in refused.value.name or refused.value.status == 403
