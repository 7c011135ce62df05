"""The published command line over applications, from a project's folder to a deployment (`control-api §7`)."""

import json
import subprocess

import httpx
import pytest

pytestmark = [pytest.mark.clients, pytest.mark.server, pytest.mark.timeout(600)]
DIGEST, NEXT = "sha256:" + "a" * 64, "sha256:" + "b" * 64
PUBLISH = ("app", "publish", ".", "--no-export-config", "--no-export-ui", "--no-export-notifications")


@pytest.fixture(scope="module")
def project(tmp_path_factory, cast):
    """A folder with an application, as developers have it."""
    folder = tmp_path_factory.mktemp("project")
    described = {
        "name": "shed_level", "display_name": "Shed level", "type": "DEV", "visibility": "PRI", "allow_many": True,
        "description": "Level of a shed", "long_description": "README.md", "depends_on": [],
        "organisation_id": cast["creek"], "image_name": "registry.example/creek/shed:main",
        "config_schema": {"type": "object", "properties": {"height": {"type": "number", "default": 2}}},
    }  # fmt: skip
    (folder / "doover_config.json").write_text(json.dumps({"shed_level": described}))
    (folder / "README.md").write_text("# Shed level\n")
    (folder / "widget.js").write_text("export default {};\n")
    subprocess.run(["git", "init", "-q", folder], check=True)
    origin = "git@github.com:creek/shed.git"
    subprocess.run(["git", "-C", folder, "remote", "add", "origin", origin], check=True)
    return folder


@pytest.fixture(scope="module")
def published(doover, project):
    """The application as it was published and released, with its widget."""
    doover(*PUBLISH, "--digest", DIGEST, where=project)
    doover("app", "put-widget", ".", "--widget-fp", "widget.js", where=project)
    doover("app", "release", ".", "--digest", DIGEST, "--tag", "v1", where=project)
    [application] = doover("app", "list", "--name", "shed_level")["results"]
    return application


def test_it_is_published_again_and_released(doover, project, published):
    text = (project / "doover_config.json").read_text()
    (project / "doover_config.json").write_text(text.replace('"default": 2', '"default": 4'))

    doover(*PUBLISH, "--digest", DIGEST, where=project)
    told = doover("app", "put-widget", ".", "--widget-fp", "widget.js", where=project)
    assert "Widget uploaded successfully" in told
    doover("app", "release", ".", "--digest", NEXT, "--tag", "v2", where=project)

    shown = doover("app", "get", "shed_level")
    assert (shown["id"], shown["long_description"]) == (published["id"], "# Shed level\n")
    assert shown["config_schema"]["properties"]["height"]["default"] == 4


def test_it_is_installed_configured_deployed_and_removed(doover, published, cast):
    said = ("--display-name", "Level", "--application", "shed_level", "--device", cast["pump"])
    installed = doover("app-install", "create", *said, "--deployment-config", '{"height": 3}')
    assert (installed["name"], installed["synced"]) == ("shed_level_1", "OV")

    doover("app-install", "deploy", "Level")
    [deployment] = doover("app-install", "deployments", "Level")["results"]
    settings = doover("app-install", "deployment", "Level", deployment["id"])["deployment_config"]
    assert (settings["height"], settings["dv_widget_url"]) == (3, "shed_level_1_widget")
    assert doover("app", "installs", "list", "shed_level")["count"] == 1
    assert doover("device", "app-installs", "list", cast["pump"])["count"] == 1
    assert "No invocation channel found" in doover("app-install", "invocations", "Level", code=1)
    doover("app-install", "delete", "Level", "--yes")


def test_profiles_and_runs_of_an_install(doover, portal, published, cast):
    """Profiles are made elsewhere, runs are what a function wrote of itself."""
    said = ("--display-name", "Deep", "--application", "shed_level", "--device", cast["pump"])
    number = doover("app-install", "create", *said, "--deployment-config", "{}")["id"]
    profile = {"display_name": "Deep", "deployment_config": {"height": 9}, "application_id": published["id"]}
    runs = f"/api/agents/{cast['pump']}/channels/dv-proc-inv-{number}/messages"
    bearer = {"Authorization": f"Bearer {cast['alices_token']}"}
    with httpx.Client(base_url=portal.url, headers=bearer) as client:
        made = client.post(f"/applications/{published['id']}/config_profiles/", json=profile)
        told = client.post(runs, json={"data": {"status": "success", "duration": 12}})
    assert (made.status_code, told.status_code) == (201, 200), (made.text, told.text)

    changed = doover("app-install", "sync-config-profiles", "Deep", "--config-profile-id", made.json()["id"])

    assert [one["display_name"] for one in changed["config_profiles"]] == ["Deep"]
    assert str(told.json()["id"]) in json.dumps(doover("app-install", "invocations", "Deep"))
    doover("app-install", "delete", "Deep", "--yes")


def test_the_repository_becomes_its_publisher(doover, portal, project, published, cast):
    """`app migrate` as a repository runs it, without what would fetch from the internet."""
    doover(
        "app", "migrate", ".", "--no-workflows", "--no-widget-plugin", "--no-registry-profile",
        where=project, profile=None,
    )  # fmt: skip
    bearer = {"Authorization": f"Bearer {cast['alices_token']}"}
    with httpx.Client(base_url=portal.url, headers=bearer) as client:
        [publisher] = client.get("/publishers/").json()["results"]
        application = client.get(f"/applications/{published['id']}/").json()
    assert (publisher["repository_owner"], publisher["repository_name"]) == ("creek", "shed")
    assert application["publisher_id"] == publisher["id"]


def test_it_is_put_away_and_taken_out(doover, published):
    assert doover("app", "archive", "shed_level")["archived"] is True
    assert doover("app", "unarchive", "shed_level")["archived"] is False


def test_what_is_not_there_or_not_whole_ends_with_an_error(doover, tmp_path, cast):
    assert doover("app-install", "deploy", 5, code=1)
    (tmp_path / "doover_config.json").write_text(json.dumps({"bad": {"name": "bad", "type": "DEV"}}))
    assert "This field is required" in doover(*PUBLISH, "--digest", DIGEST, where=tmp_path, code=1)
