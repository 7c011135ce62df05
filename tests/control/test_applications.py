"""The catalogue, what an application is made of, and who may see which (`control-api §3.7, §8`)."""

import base64
import io
import zipfile

import pytest

from doover_web.control.models import AppInstall, Application, ApplicationVersion, RegistryProfile, Upload
from doover_web.control.uploads import sweep
from doover_web.data.blobs import storage
from doover_web.identity.actions.member import add_member
from doover_web.identity.models import AuditEntry, Organisation, OrganisationRole

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 32


def packed(name="main.py"):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr(name, "x = 1\n")
    return held.getvalue()


def body(creek, **more):
    return {
        "name": "pump_control",
        "display_name": "Pump control",
        "description": "",
        "long_description": "",
        "type": "DEV",
        "visibility": "PRI",
        "depends_on": [],
        "organisation_id": str(creek.id),
        "container_registry_profile_id": None,
        **more,
    }


def test_it_is_published_and_published_again(api, alice, creek, level, ok):
    made = ok(api(alice).post("/applications/", body(creek, depends_on=["tank_level", "platform_interface"])), 201)

    assert made["depends_on"] == [str(level.id), "platform_interface"]
    assert (made["organisation"]["id"], made["approx_installs"], made["notification_schema"]) == (str(creek.id), 0, {})
    again = ok(api(alice).post("/applications/", {"name": "pump_control", "ui_schema": {"type": "uiContainer"}}))
    assert (again["id"], again["ui_schema"], again["display_name"]) == (
        made["id"],
        {"type": "uiContainer"},
        "Pump control",
    )
    found = ok(api(alice).get("/applications/?archived=false&name=pump_control&page=1&per_page=100"))
    assert [one["id"] for one in found["results"]] == [made["id"]]
    actions = AuditEntry.objects.filter(subject_id=made["id"]).values_list("action", flat=True)
    assert sorted(actions) == ["application.created", "application.edited"]


def test_a_name_that_is_somebody_elses_is_taken(api, mallory, level, wrong):
    theirs = mallory.memberships.get().organisation

    assert wrong(api(mallory).post("/applications/", body(theirs, name="tank_level")), 409) == ["name"]
    level.refresh_from_db()
    assert level.display_name == "Tank level"


def test_an_old_client_does_not_clear_what_it_does_not_know(api, alice, creek, level, ok):
    Application.objects.update(notification_schema={"low": {"policy": "default"}})

    ok(api(alice).put(f"/applications/{level.id}/", body(creek, name="tank_level")))

    level.refresh_from_db()
    assert level.notification_schema == {"low": {"policy": "default"}}


@pytest.mark.parametrize("fields", [
    {"name": "Tank Level"}, {"type": "XXX"}, {"visibility": "ALL"}, {"config_schema": {"type": 7}},
    {"depends_on": [5]}, {"depends_on": [["x"]]}, {"deployment_data": "no zip"}, {"lambda_config": {"Role": "x"}},
    {"lambda_config": {"Timeout": 10_000}}, {"icon_url": "javascript:x"}, {"stars": 2**40},
    {"container_registry_profile_id": "5"}, {"publisher_id": "5"}, {"ui_schema": "text"}, {"description": "a\x00b"},
])  # fmt: skip
def test_what_is_wrong_is_refused_at_its_field(api, alice, level, fields):
    response = api(alice).patch(f"/applications/{level.id}/", fields)

    assert response.status_code == 400, response.content
    assert response.json().get("errors", fields).keys() <= {*fields, f"{next(iter(fields))}.0"}


def test_what_is_installed_stays_what_it_is_and_whose_it_is(api, alice, mallory, creek, pump, level, ok, wrong):
    address, client = f"/applications/{level.id}/", api(alice)
    assert wrong(client.patch(address, {"organisation_id": mallory.agent.organisation_id or 5})) == ["organisation_id"]
    ok(client.patch(address, {"organisation_id": str(creek.id), "type": "PRO"}))
    ok(client.patch(address, {"organisation_id": None, "type": "DEV"}))
    ok(client.post("/app_installs/", {"display_name": "L", "application_id": level.id, "device_id": pump.id}), 201)

    assert wrong(client.patch(address, {"type": "PRO"}), 409) == ["type"]
    ok(client.patch(address, {"type": "DEV", "description": "as before"}))


def test_nobody_elses_registry_is_used(api, alice, mallory, level, wrong):
    theirs = mallory.memberships.get().organisation
    foreign = RegistryProfile.objects.create(organisation=theirs, name="theirs", url="r.example", username="u")

    assert wrong(api(alice).patch(f"/applications/{level.id}/", {"container_registry_profile_id": foreign.id})) == [
        "container_registry_profile_id"
    ]


def test_a_private_one_is_its_owners_and_a_public_one_hides_how_it_runs(api, alice, bob, mallory, level, ok):
    assert api(mallory).get(f"/applications/{level.id}/").status_code == 404
    assert api(bob).patch(f"/applications/{level.id}/", {"description": "x"}).status_code == 403
    Application.objects.update(
        visibility="PUB", lambda_config={"Environment": {"KEY": "s"}}, deployment_data="UEsFBg=="
    )

    seen = ok(api(mallory).get(f"/applications/{level.id}/"))

    assert (seen["name"], seen["lambda_config"], seen["deployment_data"]) == ("tank_level", {}, None)
    assert ok(api(alice).get(f"/applications/{level.id}/"))["lambda_config"] == {"Environment": {"KEY": "s"}}
    assert api(mallory).patch(f"/applications/{level.id}/", {"description": "x"}).status_code == 403
    assert api(alice).patch(f"/applications/{level.id}/", {"visibility": "COR"}).status_code == 403


def test_the_public_catalogue_needs_no_sign_in(client, level, ok):
    assert ok(client.get("/public/applications/"))["count"] == 0
    Application.objects.update(visibility="PUB")

    [shown] = ok(client.get("/public/applications/?search=TANK"))["results"]

    assert shown["name"] == "tank_level"
    assert not {"organisation", "ui_schema", "lambda_arn", "container_registry_profile"} & shown.keys()


def test_artwork_is_known_by_its_content_and_shown_to_whoever_sees_the_application(
    api, client, alice, mallory, level, ok, wrong, form, bytes_of
):
    path = f"/applications/{level.id}/"

    changed = ok(
        api(alice).patch(path, **form(icon=("icon.bin", PNG), banner=("banner.bin", b"<svg xmlns='x'></svg>")))
    )

    assert changed["icon_url"].partition("?")[0].endswith(f"{path}icon/")
    icon = api(alice).get(f"{path}icon/")
    assert (icon["Content-Type"], bytes_of(icon)) == ("image/png", PNG)
    banner = api(alice).get(f"{path}banner/")
    assert (banner["Content-Type"], "sandbox" in banner["Content-Security-Policy"]) == ("image/svg+xml", True)
    assert api(mallory).get(f"{path}icon/").status_code == client.get(f"{path}icon/").status_code == 404
    assert wrong(api(alice).patch(path, **form(icon=("icon.png", b"<html>")))) == ["icon"]
    Application.objects.update(visibility="PUB")
    assert client.get(f"{path}icon/").status_code == 200
    assert api(alice).patch(path, {"icon_url": "https://example.com/i.png"}).status_code == 200


def test_a_widget_and_code_are_kept_and_frozen_with_a_release(api, alice, bob, creek, ok, wrong, form):
    mixer = Application.objects.create(organisation=creek, name="mixer", display_name="Mixer", type="PRO")
    path = f"/applications/{mixer.id}/"

    assert api(alice).put(f"{path}widget/", **form(file=("w.js", b"export default 1"))).content == b""
    assert api(alice).put(f"{path}processor_source/", **form(file=("package.zip", packed()))).status_code == 200
    first = ok(api(alice).post(f"{path}versions/", {"tag": "v1", "commit": "abc", "notes": "", "alpha": False}), 201)
    assert api(alice).put(f"{path}widget/", **form(file=("w.js", b"export default 2"))).status_code == 200
    second = ok(api(alice).post(f"{path}versions/", {"tag": "v2", "alpha": True}), 201)

    assert (first["number"], second["number"], second["alpha"]) == (1, 2, True)
    one, two = ApplicationVersion.objects.order_by("number")
    assert (one.widget_id != two.widget_id, one.processor_source_id == two.processor_source_id) == (True, True)
    listed = ok(api(alice).get(f"{path}versions/?ordering=-number"))
    assert [row["tag"] for row in listed["results"]] == ["v2", "v1"]
    assert ok(api(alice).get(path))["lambda_arn"]
    assert api(bob).put(f"{path}widget/", **form(file=("w.js", b"x"))).status_code == 403
    assert api(bob).post(f"{path}versions/", {}).status_code == 403
    assert wrong(api(alice).put(f"{path}widget/", {})) == ["file"]
    assert wrong(api(alice).put(f"{path}widget/", **form(file=("w.js", b"")))) == ["file"]


def test_code_is_a_zip_that_stays_in_its_folder(api, alice, creek, level, form):
    mixer = Application.objects.create(organisation=creek, name="mixer", display_name="Mixer", type="PRO")

    for content in (b"no zip", packed("../outside.py"), packed("/etc/passwd")):
        told = api(alice).put(f"/applications/{mixer.id}/processor_source/", **form(file=("package.zip", content)))
        assert (told.status_code, told.json()["code"]) == (400, "bad_package")
    told = api(alice).put(f"/applications/{level.id}/processor_source/", **form(file=("package.zip", packed())))
    assert told.status_code == 400, "what runs on devices has an image"


def test_a_release_names_its_image_by_digest(api, alice, level, ok, wrong):
    Application.objects.update(image_name="registry.example/creek/level:main")
    digest = "sha256:" + "a" * 64

    made = ok(api(alice).post(f"/applications/{level.id}/versions/", {"digest": digest}), 201)

    assert made["image_name"] == f"registry.example/creek/level:main@{digest}"
    assert wrong(api(alice).post(f"/applications/{level.id}/versions/", {"digest": "latest"})) == ["digest"]


def test_only_a_device_that_runs_it_gets_what_it_is_pulled_with(api, alice, pump, level, ok, wrong):
    profile = RegistryProfile(
        organisation=level.organisation, name="ours", url="https://registry.example", username="u"
    )
    profile.password = "salt"
    profile.save()
    Application.objects.update(image_name="registry.example/creek/level:1", container_registry_profile=profile)
    path = f"/applications/{level.id}/registry_token/"

    assert api(pump).post(path).status_code == 404
    AppInstall.objects.create(agent=pump, application=level, name="tank_level_1")
    given = ok(api(pump).post(path))

    assert given == {"registry": "registry.example", "repository": "creek/level", "username": "u", "password": "salt"}
    assert api(alice).post(path).status_code == 400
    Application.objects.update(image_name="elsewhere.example/creek/level:1")
    assert api(pump).post(path).json()["code"] == "no_credentials", "a password goes to its own registry alone"
    AppInstall.objects.update(archived_at="2026-01-01T00:00:00Z")
    assert api(pump).post(path).status_code == 404


def test_a_deployment_folder_comes_back_as_it_was(api, alice, level, ok):
    folder = base64.b64encode(packed("docker-compose.yml")).decode()

    assert ok(api(alice).patch(f"/applications/{level.id}/", {"deployment_data": folder}))["deployment_data"] == folder
    [row] = ok(api(alice).get("/applications/"))["results"]
    assert row["deployment_data"] is None, "a list leaves the folder out"
    assert ok(api(alice).patch(f"/applications/{level.id}/", {"deployment_data": None}))["deployment_data"] is None


def test_profiles_are_an_organisations_own(api, alice, bob, mallory, creek, level, ok, wrong):
    path = f"/applications/{level.id}/config_profiles/"
    fields = {"display_name": "Shallow", "deployment_config": {"height": 1}, "application_id": level.id}

    made = ok(api(alice).post(path, fields), 201)

    assert (made["organisation"]["id"], made["deployment_config"]) == (str(creek.id), {"height": 1})
    assert ok(api(alice).get(f"/applications/{level.id}/"))["config_profiles"][0]["id"] == made["id"]
    assert wrong(api(alice).patch(f"{path}{made['id']}/", {"deployment_config": {"height": "low"}})) == [
        "deployment_config.height"
    ]
    Application.objects.update(visibility="PUB")
    assert ok(api(mallory).get(path))["count"] == 0
    assert ok(api(mallory).get(f"/applications/{level.id}/"))["config_profiles"] == []
    assert api(mallory).patch(f"{path}{made['id']}/", {"display_name": "Mine"}).status_code == 404
    assert api(bob).delete(f"{path}{made['id']}/").status_code == 403
    assert api(alice).delete(f"{path}{made['id']}/").status_code == 204


def test_a_list_of_more_takes_no_more_queries(api, alice, creek, statements, ok):
    def make(number):
        Application.objects.create(organisation=creek, name=f"app_{number}", type="DEV", depends_on=["app_1"])

    make(1)
    reader = api(alice)
    reader.get("/applications/")
    few = statements(lambda: ok(reader.get("/applications/")))
    for number in range(2, 9):
        make(number)

    assert statements(lambda: ok(reader.get("/applications/"))) == few


def test_files_that_nothing_points_at_are_swept(api, alice, level, form):
    for content in (b"1", b"2"):
        api(alice).put(f"/applications/{level.id}/widget/", **form(file=("w.js", content)))
    Upload.objects.update(created_at="2020-01-01T00:00:00Z")
    old, new = Upload.objects.order_by("id")

    assert sweep() == 1

    level.refresh_from_db()
    assert [one.pk for one in Upload.objects.all()] == [new.pk] == [level.widget_id]
    assert (storage().exists(old.name), storage().exists(new.name)) == (False, True)


def test_registry_profiles_keep_their_password(api, alice, bob, mallory, creek, ok, wrong):
    fields = {"name": "ours", "description": "", "url": "registry.example", "username": "u", "password": "salt"}

    made = ok(api(alice).post("/container/registry/", fields), 201)
    ok(api(alice).patch(f"/container/registry/{made['id']}/", {"password": "", "username": "v"}))

    assert (made["password"], made["url"]) == ("", "registry.example")
    kept = RegistryProfile.objects.get()
    assert (kept.username, kept.password) == ("v", "salt")
    assert set(ok(api(bob).get("/container/registry/"))["results"][0]) == {
        "id", "organisation", "archived", "name", "description",
    }  # fmt: skip
    assert api(bob).patch(f"/container/registry/{made['id']}/", {"name": "x"}).status_code == 403
    assert api(mallory).get(f"/container/registry/{made['id']}/").status_code == 404
    assert wrong(api(alice).post("/container/registry/", fields), 409) == ["name"]
    assert ok(api(alice).post(f"/container/registry/{made['id']}/archive/"))["archived"] is True


def test_whoever_is_in_several_organisations_says_which(api, alice, creek, ok):
    other = Organisation.objects.found("Second")
    add_member(organisation=other, user=alice, role=OrganisationRole.objects.built_in("Admin"), by=None)
    fields = {"name": "ours", "description": "", "url": "r.example", "username": "u", "password": "p"}

    told = api(alice).post("/container/registry/", fields)
    assert (told.status_code, told.json()["message"]) == (403, "X-Doover-Organisation header missing")
    made = ok(api(alice).post("/container/registry/", fields, **{"X-Doover-Organisation": str(other.id)}), 201)
    assert made["organisation"]["id"] == str(other.id)


def test_publishers_publish_what_points_at_them_and_nothing_else(api, alice, mallory, creek, level, ok):
    fields = {"provider": "GH", "repository_owner": "creek", "repository_name": "level", "workflow": "ci.yml"}

    made = ok(api(alice).post("/publishers/", fields), 201)
    ok(api(alice).patch(f"/applications/{level.id}/", {"publisher_id": made["id"]}))

    assert made == {"id": made["id"], **fields}
    assert api(mallory).patch(f"/publishers/{made['id']}/", {"workflow": "x"}).status_code == 404
    assert ok(api(mallory).get("/publishers/"))["count"] == 0
    level.refresh_from_db()
    builder = api(level.publisher.agent)
    assert ok(builder.patch(f"/applications/{level.id}/", {"description": "Built"}))["description"] == "Built"
    assert ok(builder.post(f"/applications/{level.id}/versions/", {"tag": "v1"}), 201)["number"] == 1
    other = Application.objects.create(organisation=creek, name="other", type="DEV")
    assert builder.patch(f"/applications/{other.id}/", {"description": "x"}).status_code == 404
    assert ok(builder.get("/devices/"))["count"] == 0
